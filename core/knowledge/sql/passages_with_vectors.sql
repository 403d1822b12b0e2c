-- Of a document. $1 tenant, $2 document, $3 model
select content_hash as hash from memory_embeddings
where tenant_id = $1::uuid and knowledge_document_id = $2::uuid and model = $3
  and (embedding is not null or embedding_half is not null)
