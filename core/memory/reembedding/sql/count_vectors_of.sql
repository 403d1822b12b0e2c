-- $1 tenant, $2 model
select count(*)::int as vectors from memory_embeddings where tenant_id = $1::uuid and model = $2
