-- $1 tenant, $2 ids of documents. A list of constants, because only those reach the indexes below the view.
select kind, id::text as id, content, source, source_id::text as "sourceId", contact_id::text as "contactId",
  session_id::text as "sessionId", occurred_at as "occurredAt", metadata
from memory_documents
where tenant_id = $1::uuid and id = any ($2::uuid[])
