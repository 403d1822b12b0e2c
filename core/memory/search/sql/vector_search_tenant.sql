-- The tenant's nearest vectors by the HNSW index; vector_search_settings.sql must have run in this transaction.
-- Parameters as in vector_search_exact.sql; $2 and $3 are always null.
select d.id::text as id, d.kind, (1 - (e.embedding::vector(768) <=> $12::vector))::float8 as score, d.session_id::text as "sessionId",
  d.from_me as "fromMe", d.speaker, d.asks, d.occurred_at as "occurredAt"
from memory_embeddings e
-- Lateral, so that the planner keeps it as a look-up of each row, in the order of the scan.
cross join lateral (
  select * from memory_index i
  where i.tenant_id = e.tenant_id and i.id = e.document_id
    and i.source = any ($4::text[])
    and ($5::uuid[] = '{}' or i.source_id <> all ($5::uuid[]))
    and ($6::text[] is null or i.type = any ($6::text[]))
    and ($7::timestamptz is null or i.occurred_at >= $7::timestamptz)
    and ($8::timestamptz is null or i.occurred_at < $8::timestamptz)
    and ($9::jsonb is null or i.metadata @> $9::jsonb)
    and (i.expires_at is null or i.expires_at > now())
  offset 0
) d
where e.tenant_id = $1::uuid
  and $2::uuid is null and $3::uuid is null
  and e.model = $10
  and e.dimensions = $11::int
  -- The index's own condition, which a parameter does not prove.
  and e.dimensions = 768
  -- A passage that waits for its vector has none.
  and (e.embedding is not null or e.embedding_half is not null)
order by e.embedding::vector(768) <=> $12::vector
limit $13::int
