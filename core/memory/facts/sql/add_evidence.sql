-- Another message says what a fact says. $1 tenant, $2 contact, $3 fact, $4 message, $5 quote, $6 when it was said, $7 expires,
-- $8 ends or null, $9 ceiling and $10 share of the distance to it that a repetition closes
update memory_facts f set
  evidence_message_ids = case
    when m.id = any (f.evidence_message_ids) then f.evidence_message_ids else f.evidence_message_ids || m.id end,
  evidence_quotes = jsonb_build_object(m.id, $5::text) || f.evidence_quotes,
  -- The same message read twice is no new evidence, and a claim is not truer for being repeated.
  confidence = case
    when f.is_claimed or m.id = any (f.evidence_message_ids) then f.confidence
    else greatest(f.confidence, f.confidence + ($9::float8 - f.confidence) * $10::float8) end,
  -- A replaced fact ends where its successor begins, however often its words are found again.
  valid_to = case when f.superseded_by is null
    then coalesce(greatest(f.valid_to, $8::timestamptz), f.valid_to, $8::timestamptz) else f.valid_to end,
  expires_at = greatest(f.expires_at, $7::timestamptz),
  said_at = least(f.said_at, $6::timestamptz)
from messages m
where f.tenant_id = $1::uuid and f.contact_id = $2::uuid and f.id = $3::uuid
  and m.tenant_id = $1::uuid and m.id = $4::uuid and m.contact_id = $2::uuid and not m.from_me and m.deleted_at is null
returning f.id::text as id
