-- Prepared: planned once a connection.
-- $1 tenant, $2 contact, $3 types or null, $4 as of (null: now), $5 limit
select f.id::text as id, f.contact_id::text as "contactId", f.fact_type as type, f.fact_text as text, f.confidence,
  f.subject, f.attribute, f.value, f.is_claimed as "isClaimed", f.claimed_by as "claimedBy",
  f.confirmed_at as "confirmedAt", f.source_message_id::text as "sourceMessageId",
  f.evidence_message_ids::text[] as "evidenceMessageIds", f.said_at as "saidAt", f.valid_from as "validFrom",
  f.valid_to as "validTo", f.recorded_at as "recordedAt", f.expires_at as "expiresAt",
  f.superseded_by::text as "supersededBy", f.invalidated_at as "invalidatedAt"
from memory_facts f
where f.tenant_id = $1::uuid
  and f.contact_id = $2::uuid
  and ($3::text[] is null or f.fact_type = any ($3::text[]))
  -- Known by then: said, whether or not it had been extracted yet.
  and ($4::timestamptz is null or f.said_at <= $4::timestamptz)
  and (f.superseded_by is null or f.valid_to > coalesce($4::timestamptz, now()))
  and (f.expires_at is null or f.expires_at > coalesce($4::timestamptz, now()))
  and (f.invalidated_at is null or f.invalidated_at > coalesce($4::timestamptz, now()))
order by f.confidence desc, f.said_at desc, f.id desc
limit $5::int
