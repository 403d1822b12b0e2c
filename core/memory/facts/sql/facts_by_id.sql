-- $1 tenant, $2 ids
select f.id::text as id, f.contact_id::text as "contactId", f.fact_type as type, f.fact_text as text, f.confidence,
  f.source_message_id::text as "sourceMessageId", f.evidence_message_ids::text[] as "evidenceMessageIds",
  f.valid_from as "validFrom", f.valid_to as "validTo", f.recorded_at as "recordedAt", f.expires_at as "expiresAt"
from memory_facts f
where f.tenant_id = $1::uuid and f.id = any ($2::uuid[]) and f.invalidated_at is null
order by f.confidence desc, f.id
