-- Prepared: planned once a connection.
-- How many vectors a tenant has, counted up to $2; reads no more index entries than that.
select count(*)::int as vectors from (
  select 1 from memory_embeddings where tenant_id = $1::uuid limit $2::int
) bounded
