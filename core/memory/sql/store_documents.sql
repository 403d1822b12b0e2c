-- The documents of $4 that are not stored yet, whichever model their vectors are of, without vectors: words find them.
-- $1 tenant, $2 model that their vectors will be of, $3 its dimensions, $4 documents as JSON
insert into memory_embeddings (id, tenant_id, contact_id, session_id, message_id, note_id, knowledge_document_id, content_type,
  content_text, content_hash, model, dimensions, metadata, origin, occurred_at)
select r.id, $1::uuid, r.contact_id, r.session_id, r.message_id, r.note_id, r.knowledge_document_id, r.content_type,
  r.content_text, r.content_hash, $2, $3::int, r.metadata, r.origin, r.occurred_at
from jsonb_to_recordset($4::jsonb) as r(id uuid, contact_id uuid, session_id uuid, message_id uuid, note_id uuid,
  knowledge_document_id uuid, content_type text, content_text text, content_hash text, metadata jsonb, origin text,
  occurred_at timestamptz)
where not exists (
  select from memory_embeddings e
  -- The words of memory_embeddings_content_key.
  where e.tenant_id = $1::uuid
    and coalesce(e.contact_id, '00000000-0000-0000-0000-000000000000'::uuid)
      = coalesce(r.contact_id, '00000000-0000-0000-0000-000000000000'::uuid)
    and coalesce(e.session_id, '00000000-0000-0000-0000-000000000000'::uuid)
      = coalesce(r.session_id, '00000000-0000-0000-0000-000000000000'::uuid)
    and coalesce(e.message_id, e.note_id, e.knowledge_document_id, '00000000-0000-0000-0000-000000000000'::uuid)
      = coalesce(r.message_id, r.note_id, r.knowledge_document_id, '00000000-0000-0000-0000-000000000000'::uuid)
    and e.content_type = r.content_type and e.content_hash = r.content_hash
    and (e.origin <> 'pipeline' or (e.message_id is null and e.fact_id is null)))
on conflict do nothing
