-- Written for vectors of 768 numbers and full precision; legs/vector.ts makes the others of it.
-- Every vector of the scope is compared: no index may drop a row. For a contact, a session, or a small tenant.
-- $1 tenant, $2 contact or null, $3 session or null, $4 sources, $5 message ids to leave out, $6 types or null, $7 since or
-- null, $8 until or null, $9 metadata or null, $10 model, $11 dimensions, $12 query vector, $13 limit
with compared as materialized (
  select e.document_id, e.embedding::vector(768) <=> $12::vector as distance
  from memory_embeddings e
  where e.tenant_id = $1::uuid
    and ($2::uuid is null or e.contact_id = $2::uuid)
    and ($3::uuid is null or e.session_id = $3::uuid)
    and e.model = $10
    and e.dimensions = $11::int
)
select d.id::text as id, d.kind, (1 - c.distance)::float8 as score, d.session_id::text as "sessionId",
  d.from_me as "fromMe", d.speaker, d.asks, d.occurred_at as "occurredAt"
from compared c
join memory_index d on d.tenant_id = $1::uuid and d.id = c.document_id
  and d.source = any ($4::text[])
  and ($5::uuid[] = '{}' or d.source_id <> all ($5::uuid[]))
  and ($6::text[] is null or d.type = any ($6::text[]))
  and ($7::timestamptz is null or d.occurred_at >= $7::timestamptz)
  and ($8::timestamptz is null or d.occurred_at < $8::timestamptz)
  and ($9::jsonb is null or d.metadata @> $9::jsonb)
  and (d.expires_at is null or d.expires_at > now())
-- A passage that waits for its vector has none.
where c.distance is not null
order by c.distance, d.id
limit $13::int
