-- What a new fact of this contact is compared with: open facts, and the earlier and later values of attributes. $1 tenant,
-- $2 contact, $3 types, $4 limit
select f.id::text as id, f.fact_type as type, f.fact_text as text, f.subject, f.attribute, f.value,
  f.is_claimed as "isClaimed", f.claimed_by as "claimedBy", f.confirmed_at as "confirmedAt", f.said_at as "saidAt",
  f.valid_to as "validTo", f.superseded_by::text as "supersededBy",
  f.evidence_message_ids::text[] as "evidenceMessageIds"
from memory_facts f
where f.tenant_id = $1::uuid and f.contact_id = $2::uuid and f.fact_type = any ($3::text[])
  and f.invalidated_at is null and (f.superseded_by is null or f.attribute is not null)
order by f.superseded_by is not null, f.said_at desc, f.id desc
limit $4::int
