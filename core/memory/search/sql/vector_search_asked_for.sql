-- The vectors of a tenant's documents that the filters leave, where these are few: every one is compared, and no other.
-- Parameters as in vector_search_exact.sql.
with compared as materialized (
  select d.id, d.kind, d.session_id, d.from_me, d.speaker, d.asks, d.occurred_at, v.distance
  from memory_index d
  -- Lateral, so that the planner looks the vectors up instead of reading all of the tenant's.
  cross join lateral (
    select e.embedding::vector(768) <=> $12::vector as distance from memory_embeddings e
    where e.tenant_id = d.tenant_id and e.document_id = d.id and e.model = $10 and e.dimensions = $11::int
    offset 0
  ) v
  where d.tenant_id = $1::uuid
    and ($2::uuid is null or d.contact_id = $2::uuid)
    and ($3::uuid is null or d.session_id = $3::uuid)
    and d.source = any ($4::text[])
    and ($5::uuid[] = '{}' or d.source_id <> all ($5::uuid[]))
    and ($6::text[] is null or d.type = any ($6::text[]))
    and ($7::timestamptz is null or d.occurred_at >= $7::timestamptz)
    and ($8::timestamptz is null or d.occurred_at < $8::timestamptz)
    and ($9::jsonb is null or d.metadata @> $9::jsonb)
    and (d.expires_at is null or d.expires_at > now())
)
select c.id::text as id, c.kind, (1 - c.distance)::float8 as score, c.session_id::text as "sessionId",
  c.from_me as "fromMe", c.speaker, c.asks, c.occurred_at as "occurredAt"
from compared c
-- A passage that waits for its vector has none.
where c.distance is not null
order by c.distance, c.id
limit $13::int
