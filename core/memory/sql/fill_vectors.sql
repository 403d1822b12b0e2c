-- Gives the documents of $2 that wait for a vector theirs. One that a change of the model made a copy of has it there; one that is
-- gone meanwhile stays so. $1 tenant, $2 rows as JSON
update memory_embeddings e
set embedding = case when not r.is_half then r.embedding::vector end,
  embedding_half = case when r.is_half then r.embedding::halfvec end, model = r.model, dimensions = r.dimensions
from jsonb_to_recordset($2::jsonb) as r(contact_id uuid, session_id uuid, message_id uuid, note_id uuid,
  knowledge_document_id uuid, content_type text, content_hash text, embedding text, is_half boolean, model text, dimensions int)
-- The words of memory_embeddings_content_key.
where e.tenant_id = $1::uuid
  and coalesce(e.contact_id, '00000000-0000-0000-0000-000000000000'::uuid)
    = coalesce(r.contact_id, '00000000-0000-0000-0000-000000000000'::uuid)
  and coalesce(e.session_id, '00000000-0000-0000-0000-000000000000'::uuid)
    = coalesce(r.session_id, '00000000-0000-0000-0000-000000000000'::uuid)
  and coalesce(e.message_id, e.note_id, e.knowledge_document_id, '00000000-0000-0000-0000-000000000000'::uuid)
    = coalesce(r.message_id, r.note_id, r.knowledge_document_id, '00000000-0000-0000-0000-000000000000'::uuid)
  and e.content_type = r.content_type and e.content_hash = r.content_hash
  and (e.origin <> 'pipeline' or (e.message_id is null and e.fact_id is null))
  and e.copy_of is null and e.embedding is null and e.embedding_half is null
  and not exists (
    select from memory_embeddings c where c.tenant_id = e.tenant_id and c.copy_of = e.id and c.model = r.model)
