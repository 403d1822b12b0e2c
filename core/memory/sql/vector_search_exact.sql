-- Every vector of the scope is compared: no index may drop a row. For a contact, a session, or a small tenant.
-- $1 tenant, $2 contact or null, $3 session or null, $4 sources, $5 message ids to leave out, $6 model, $7 dimensions,
-- $8 query vector, $9 limit
with e as materialized (
  select * from memory_embeddings
  where tenant_id = $1::uuid
    and ($2::uuid is null or contact_id = $2::uuid)
    and ($3::uuid is null or session_id = $3::uuid)
)
select case when e.origin = 'external' or e.content_type = 'session_summary' then 'document'
    when e.fact_id is not null then 'fact' when e.message_id is not null then 'message' else 'document' end as kind,
  case when e.origin = 'external' or e.content_type = 'session_summary' then e.id
    else coalesce(e.fact_id, e.message_id, e.id) end::text as id,
  (1 - (e.embedding <=> $8::vector))::float8 as score
from e
where true
  and e.model = $6
  and e.dimensions = $7::int
  and case when e.fact_id is not null or e.content_type = 'fact' then 'fact'
    when e.content_type = 'session_summary' then 'session' else 'message' end = any ($4::text[])
  and (e.message_id is null or e.message_id <> all ($5::uuid[]))
  -- A case, not a join: the planner keeps it as a check of each row, in the order of the scan.
  and case
    when e.fact_id is not null then exists (
      select 1 from memory_facts f where f.tenant_id = e.tenant_id and f.id = e.fact_id
        and f.invalidated_at is null and (f.expires_at is null or f.expires_at > now()))
    when e.message_id is not null then exists (
      select 1 from messages m where m.tenant_id = e.tenant_id and m.id = e.message_id
        and m.deleted_at is null and m.status not in ('failed', 'cancelled'))
    else true end
order by e.embedding <=> $8::vector, e.id
limit $9::int
