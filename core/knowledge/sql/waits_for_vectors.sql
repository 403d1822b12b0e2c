-- Whether only words find some passage of the tenant's documents. $1 tenant
select exists (
  select from memory_embeddings e
  where e.tenant_id = $1::uuid and e.knowledge_document_id is not null and e.embedding is null and e.embedding_half is null
    and not exists (select from memory_embeddings c where c.tenant_id = e.tenant_id and c.document_id = e.id and c.id <> e.id)
) as waits
