-- Whether the named contact, session and message exist and belong together, and what the most exact of them implies.
-- $1 tenant, $2 contact or null, $3 session or null, $4 message or null
select
  coalesce(c.id, s.contact_id, m.contact_id)::text as "contactId",
  coalesce(s.id, m.session_id)::text as "sessionId",
  m.sent_at as "sentAt"
from (select 1) one
left join messages m on m.tenant_id = $1::uuid and m.id = $4::uuid and m.deleted_at is null
left join sessions s on s.tenant_id = $1::uuid and s.id = $3::uuid and s.deleted_at is null
left join contacts c on c.tenant_id = $1::uuid and c.id = $2::uuid and c.deleted_at is null
where ($2::uuid is null or c.id is not null)
  and ($3::uuid is null or (s.id is not null and ($2::uuid is null or s.contact_id = c.id)))
  and ($4::uuid is null or (m.id is not null and ($2::uuid is null or m.contact_id = c.id)
    and ($3::uuid is null or m.session_id = s.id)))
