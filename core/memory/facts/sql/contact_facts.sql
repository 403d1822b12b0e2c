-- $1 tenant, $2 contact, $3 types or null, $4 as of (null: now), $5 limit
select f.id::text as id, f.contact_id::text as "contactId", f.fact_type as type, f.fact_text as text, f.confidence,
  f.source_message_id::text as "sourceMessageId", f.evidence_message_ids::text[] as "evidenceMessageIds",
  f.valid_from as "validFrom", f.valid_to as "validTo", f.recorded_at as "recordedAt", f.expires_at as "expiresAt"
from memory_facts f
join messages m on m.tenant_id = f.tenant_id and m.id = f.source_message_id
where f.tenant_id = $1::uuid
  and f.contact_id = $2::uuid
  and ($3::text[] is null or f.fact_type = any ($3::text[]))
  -- Known by then: said, whether or not it had been extracted yet.
  and ($4::timestamptz is null or m.sent_at <= $4::timestamptz)
  and (f.expires_at is null or f.expires_at > coalesce($4::timestamptz, now()))
  and (f.invalidated_at is null or f.invalidated_at > coalesce($4::timestamptz, now()))
order by f.confidence desc, m.sent_at desc, f.id desc
limit $5::int
