-- The next messages of an import to read for facts: of the newest that customers wrote, by contact and in the order they were
-- written. $1 tenant, $2 import, $3 how many of the import are read at all, $4 how many now
with chosen as (
  select m.id, m.contact_id, m.session_id, m.sent_at, length(m.text) as characters
  from messages m
  where m.tenant_id = $1::uuid and m.import_id = $2::uuid and not m.from_me and m.deleted_at is null
    and m.content_type <> 'system' and m.text <> ''
  order by m.sent_at desc, m.id desc
  limit $3::int
)
select c.id::text as id, c.contact_id::text as "contactId", c.session_id::text as "sessionId", c.sent_at::text as "sentAt",
  c.characters
from chosen c
join memory_imports i on i.tenant_id = $1::uuid and i.id = $2::uuid
where i.fact_position is null
  or (c.contact_id, c.sent_at, c.id) > (
    (i.fact_position ->> 'contactId')::uuid, (i.fact_position ->> 'sentAt')::timestamptz, (i.fact_position ->> 'id')::uuid)
order by c.contact_id, c.sent_at, c.id
limit $4::int
