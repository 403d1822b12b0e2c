-- Whether a tenant has more than $2 vectors; reads no more than that many index entries.
select count(*)::int > $2::int as "isLarge" from (
  select 1 from memory_embeddings where tenant_id = $1::uuid limit $2::int + 1
) bounded
