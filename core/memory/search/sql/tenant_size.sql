-- Prepared: planned once a connection.
-- What BM25 needs to know of a whole tenant, and how many vectors it has, counted up to $2: reads no more index entries than that.
-- $1 tenant
select count(*)::float8 as documents, greatest(avg(length), 1)::float8 as "averageLength",
  count(distinct session_id)::float8 as sessions,
  (select count(*)::int from (select 1 from memory_embeddings where tenant_id = $1::uuid limit $2::int) bounded) as vectors
from memory_index
where tenant_id = $1::uuid and (expires_at is null or expires_at > now())
