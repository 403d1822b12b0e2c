-- The next vertices of one type. $1 tenant, $2 type, $3 after this id or null, $4 most, $5 label, $6 run
with batch as materialized (
  select v.id, v.contact_id, v.properties from graph_vertices v
  where v.tenant_id = $1::uuid and v.type = $2 and ($3::uuid is null or v.id > $3::uuid)
  order by v.id limit $4::int
)
select graph_project_vertices($5, coalesce(jsonb_agg(to_jsonb(batch)), '[]'), $6::uuid) as written,
  count(*)::int as read, (array_agg(batch.id::text order by batch.id desc))[1] as last
from batch
