-- Prepared: planned once a connection.
-- $1 tenant, $2 ids of documents. A list of constants, because only those reach the indexes below the view.
select d.kind, d.id::text as id, d.content, d.source, d.source_id::text as "sourceId", d.contact_id::text as "contactId",
  d.session_id::text as "sessionId", d.occurred_at as "occurredAt", d.metadata,
  case when d.kind = 'fact' then (select
    -- A replaced fact holds until its successor begins, as memory_index has it.
    case when f.superseded_by is null then f.expires_at else least(f.expires_at, f.valid_to) end from memory_facts f where f.tenant_id = $1::uuid and f.id = d.id) end
    as "expiresAt"
from memory_documents d
where d.tenant_id = $1::uuid and d.id = any ($2::uuid[])
