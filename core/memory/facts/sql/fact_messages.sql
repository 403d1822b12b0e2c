-- The customer's own messages with what was read from their media, without those that are forgotten. $1 tenant, $2 group or null, $3 message ids
select m.id::text as id, m.sent_at as "sentAt", m.contact_id::text as "contactId",
  m.conversation_id::text as "conversationId",
  concat_ws(E'\n', nullif(m.text, ''), nullif(e.extracted_text, '')) as text,
  coalesce(c.timezone, p.timezone) as timezone, coalesce(m.language, c.language) as language
from messages m
join contacts c on c.tenant_id = m.tenant_id and c.id = m.contact_id
join projects p on p.id = m.tenant_id
left join message_enrichments e on e.tenant_id = m.tenant_id and e.message_id = m.id and e.status = 'completed'
where m.tenant_id = $1::uuid
  and not m.from_me
  and m.deleted_at is null
  and m.content_type <> 'system'
  and not exists (
    select from memory_contacts k
    where k.tenant_id = m.tenant_id and k.contact_id = m.contact_id and k.forgotten_until >= m.created_at)
  and (m.id = any ($3::uuid[]) or m.id in (
    select g.message_id from message_group_messages g where g.tenant_id = $1::uuid and g.group_id = $2::uuid))
order by m.sent_at, m.id
