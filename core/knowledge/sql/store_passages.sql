-- The passages of a document that are not stored yet, without vectors: words find them. $1 tenant, $2 document, $3 model
-- that their vectors will be of, $4 its dimensions, $5 passages as JSON
insert into memory_embeddings (id, tenant_id, knowledge_document_id, content_type, content_text, content_hash, model, dimensions,
  metadata, origin, occurred_at)
select p.id, $1::uuid, $2::uuid, 'knowledge', p.content_text, p.content_hash, $3, $4::int, p.metadata, 'derived', p.occurred_at
from jsonb_to_recordset($5::jsonb) as p(id uuid, content_text text, content_hash text, metadata jsonb, occurred_at timestamptz)
where not exists (
  select from memory_embeddings e
  where e.tenant_id = $1::uuid and e.knowledge_document_id = $2::uuid and e.content_hash = p.content_hash)
on conflict do nothing
