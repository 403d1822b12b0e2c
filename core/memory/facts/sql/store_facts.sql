-- Inserts facts, or adds evidence to the same fact that is stored already. A source that is not a message the contact
-- wrote is left out, so fewer rows than given come back.
-- $1 tenant, $2 contact, $3 facts as JSON, $4 ceiling and $5 share of the distance to it that a repetition closes
insert into memory_facts as known (id, tenant_id, contact_id, fact_type, fact_text, fact_hash, language, confidence,
  source_message_id, evidence_message_ids, claimed_by, model, valid_from, valid_to, expires_at)
select r.id, $1::uuid, $2::uuid, r.fact_type, r.fact_text, r.fact_hash, r.language, r.confidence, r.source_message_id,
  array[r.source_message_id], 'customer', r.model, r.valid_from, r.valid_to, r.expires_at
from jsonb_to_recordset($3::jsonb) as r(id uuid, fact_type text, fact_text text, fact_hash text, language text,
  confidence float8, source_message_id uuid, model text, valid_from timestamptz, valid_to timestamptz,
  expires_at timestamptz)
join messages m on m.tenant_id = $1::uuid and m.id = r.source_message_id
  and m.contact_id = $2::uuid and not m.from_me and m.deleted_at is null
-- One order for everybody: two transactions with the same facts wait for each other instead of deadlocking.
order by r.fact_type, r.fact_hash
on conflict (tenant_id, contact_id, fact_type, fact_hash) where invalidated_at is null do update set
  evidence_message_ids = case
    when excluded.source_message_id = any (known.evidence_message_ids) then known.evidence_message_ids
    else known.evidence_message_ids || excluded.source_message_id end,
  -- The same message read twice is no new evidence.
  confidence = case
    when excluded.source_message_id = any (known.evidence_message_ids) then known.confidence
    else greatest(known.confidence, known.confidence + ($4::float8 - known.confidence) * $5::float8) end,
  valid_to = coalesce(greatest(known.valid_to, excluded.valid_to), known.valid_to, excluded.valid_to),
  expires_at = greatest(known.expires_at, excluded.expires_at)
returning id::text as id, contact_id::text as "contactId", fact_type as type, fact_text as text, confidence,
  source_message_id::text as "sourceMessageId", evidence_message_ids::text[] as "evidenceMessageIds",
  valid_from as "validFrom", valid_to as "validTo", recorded_at as "recordedAt", expires_at as "expiresAt"
