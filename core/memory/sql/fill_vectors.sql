-- Gives the passages of $2 that wait for a vector theirs. $1 tenant, $2 rows as JSON
update memory_embeddings e
set embedding = case when not r.is_half then r.embedding::vector end,
  embedding_half = case when r.is_half then r.embedding::halfvec end, model = r.model, dimensions = r.dimensions
from jsonb_to_recordset($2::jsonb) as r(knowledge_document_id uuid, copy_of uuid, content_hash text, embedding text,
  is_half boolean, model text, dimensions int)
where e.tenant_id = $1::uuid and e.knowledge_document_id = r.knowledge_document_id and e.content_hash = r.content_hash
  and r.copy_of is null and e.copy_of is null and e.embedding is null and e.embedding_half is null
