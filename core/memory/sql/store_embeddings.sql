-- One row for each of $2 that is not stored yet. $1 tenant, $2 rows as JSON
insert into memory_embeddings (id, tenant_id, contact_id, session_id, message_id, fact_id, note_id, knowledge_document_id,
  copy_of, content_type, content_text, content_hash, embedding, embedding_half, model, dimensions, metadata, origin, occurred_at)
select r.id, $1::uuid, r.contact_id, r.session_id, r.message_id, r.fact_id, r.note_id, r.knowledge_document_id,
  r.copy_of, r.content_type, r.content_text, r.content_hash, case when not r.is_half then r.embedding::vector end,
  case when r.is_half then r.embedding::halfvec end, r.model, r.dimensions, r.metadata, r.origin, r.occurred_at
from jsonb_to_recordset($2::jsonb) as r(id uuid, contact_id uuid, session_id uuid, message_id uuid, fact_id uuid,
  note_id uuid, knowledge_document_id uuid, copy_of uuid, content_type text, content_text text, content_hash text,
  embedding text, is_half boolean, model text, dimensions int, metadata jsonb, origin text, occurred_at timestamptz)
on conflict do nothing
returning id::text as id
