-- The next edges, in the order of their key. $1 tenant, $2 from, $3 kind, $4 to, $5 source of the last one, or nulls, $6 most
select e.from_id::text as "fromId", e.kind, e.to_id::text as "toId", e.source_id::text as "sourceId",
  e.from_type as "fromType", e.to_type as "toType",
  jsonb_build_object('from_id', e.from_id, 'to_id', e.to_id, 'source_id', e.source_id, 'contact_id', e.contact_id,
    'occurred_at', e.occurred_at, 'properties', e.properties) as given
from graph_edges e
where e.tenant_id = $1::uuid
  and ($2::uuid is null or (e.from_id, e.kind, e.to_id, e.source_id) > ($2::uuid, $3::text, $4::uuid, $5::uuid))
order by e.from_id, e.kind, e.to_id, e.source_id
limit $6::int
