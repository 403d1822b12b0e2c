-- $1 tenant, $2 ids, $3 whether also those that no longer hold
select f.id::text as id, f.contact_id::text as "contactId", f.fact_type as type, f.fact_text as text, f.confidence,
  f.subject, f.attribute, f.value, f.is_claimed as "isClaimed", f.claimed_by as "claimedBy",
  f.confirmed_at as "confirmedAt", f.source_message_id::text as "sourceMessageId",
  f.evidence_message_ids::text[] as "evidenceMessageIds", f.said_at as "saidAt", f.valid_from as "validFrom",
  f.valid_to as "validTo", f.recorded_at as "recordedAt", f.expires_at as "expiresAt",
  f.superseded_by::text as "supersededBy", f.invalidated_at as "invalidatedAt"
from memory_facts f
where f.tenant_id = $1::uuid and f.id = any ($2::uuid[])
  and ($3::boolean or f.invalidated_at is null)
order by f.confidence desc, f.id
