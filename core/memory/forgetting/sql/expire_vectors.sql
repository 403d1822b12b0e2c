-- Not those of facts, which have their own age, nor of the company's own documents. $1 tenant, $2 days, $3 most rows
delete from memory_embeddings e where e.tenant_id = $1::uuid and e.id in (
  select id from memory_embeddings
  where tenant_id = $1::uuid and fact_id is null and knowledge_document_id is null and occurred_at < now() - make_interval(days => $2::int)
  limit $3::int)
