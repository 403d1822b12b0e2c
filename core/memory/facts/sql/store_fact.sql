-- Inserts a fact, or adds evidence to the open fact of the same words. Nothing comes back when the source is not a message that
-- the contact wrote. $1 tenant, $2 contact, $3 the fact as JSON, $4 ceiling and $5 share of the distance to it that a repetition
-- closes
insert into memory_facts as known (id, tenant_id, contact_id, fact_type, fact_text, fact_hash, language, confidence,
  source_message_id, evidence_message_ids, evidence_quotes, claimed_by, model, said_at, valid_from, valid_to, expires_at,
  subject, attribute, value, is_claimed, superseded_by)
select r.id, $1::uuid, $2::uuid, r.fact_type, r.fact_text, r.fact_hash, r.language, r.confidence, r.source_message_id,
  array[r.source_message_id], jsonb_build_object(r.source_message_id, r.quote), 'customer', r.model, r.said_at, r.valid_from,
  r.valid_to, r.expires_at, r.subject, r.attribute, r.value, r.is_claimed, r.superseded_by
from jsonb_to_record($3::jsonb) as r(id uuid, fact_type text, fact_text text, fact_hash text, language text,
  confidence float8, source_message_id uuid, quote text, model text, said_at timestamptz, valid_from timestamptz,
  valid_to timestamptz, expires_at timestamptz, subject text, attribute text, value text, is_claimed boolean,
  superseded_by uuid)
join messages m on m.tenant_id = $1::uuid and m.id = r.source_message_id
  and m.contact_id = $2::uuid and not m.from_me and m.deleted_at is null
on conflict (tenant_id, contact_id, fact_type, fact_hash) where invalidated_at is null and superseded_by is null do update set
  evidence_message_ids = case
    when excluded.source_message_id = any (known.evidence_message_ids) then known.evidence_message_ids
    else known.evidence_message_ids || excluded.source_message_id end,
  evidence_quotes = excluded.evidence_quotes || known.evidence_quotes,
  -- The same message read twice is no new evidence, and a claim is not truer for being repeated.
  confidence = case
    when known.is_claimed or excluded.source_message_id = any (known.evidence_message_ids) then known.confidence
    else greatest(known.confidence, known.confidence + ($4::float8 - known.confidence) * $5::float8) end,
  valid_to = coalesce(greatest(known.valid_to, excluded.valid_to), known.valid_to, excluded.valid_to),
  expires_at = greatest(known.expires_at, excluded.expires_at)
returning id::text as id
