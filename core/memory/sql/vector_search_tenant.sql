-- The tenant's nearest vectors by the HNSW index; vector_search_settings.sql must have run in this transaction.
-- $1 tenant, $2 contact (always null), $3 session (always null), $4 sources, $5 message ids to leave out, $6 model,
-- $7 dimensions, $8 query vector, $9 limit
select case when e.origin = 'external' or e.content_type = 'session_summary' then 'document'
    when e.fact_id is not null then 'fact' when e.message_id is not null then 'message' else 'document' end as kind,
  case when e.origin = 'external' or e.content_type = 'session_summary' then e.id
    else coalesce(e.fact_id, e.message_id, e.id) end::text as id,
  (1 - (e.embedding <=> $8::vector))::float8 as score
from memory_embeddings e
where e.tenant_id = $1::uuid
  and $2::uuid is null and $3::uuid is null
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
order by e.embedding <=> $8::vector
limit $9::int
