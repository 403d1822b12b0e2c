-- The next vectors of the old model that have no counterpart yet, with how far was looked. $1 tenant, $2 old model, $3 new
-- model, $4 position or null, $5 how many
select e.id::text as id, e.contact_id::text as "contactId",
  e.session_id::text as "sessionId", e.message_id::text as "messageId", e.fact_id::text as "factId",
  e.note_id::text as "noteId", e.knowledge_document_id::text as "knowledgeDocumentId", e.content_type as "contentType", e.content_text as "contentText", e.metadata, e.origin,
  e.occurred_at as "occurredAt",
  coalesce(e.copy_of, case when e.document_id = e.id then e.id end)::text as "copyOf"
from memory_embeddings e
where e.tenant_id = $1::uuid and e.model = $2 and ($4::uuid is null or e.id > $4::uuid)
  and not exists (
    select from memory_embeddings n
    where n.tenant_id = e.tenant_id and n.document_id = e.document_id and n.model = $3 and n.content_type = e.content_type)
order by e.id
limit $5::int
