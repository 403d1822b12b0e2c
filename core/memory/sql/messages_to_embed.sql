-- What the given messages say, in order, with what was read from their media. $1 tenant, $2 group or null, $3 message ids
select m.id::text as "messageId", m.contact_id::text as "contactId",
  m.conversation_id::text as "conversationId", m.session_id::text as "sessionId",
  m.content_type as "contentType", m.from_me as "fromMe", m.sent_at as "sentAt",
  concat_ws(E'\n', nullif(m.text, ''), nullif(e.extracted_text, '')) as text, p.timezone
from messages m
join projects p on p.id = m.tenant_id
left join message_enrichments e on e.tenant_id = m.tenant_id and e.message_id = m.id and e.status = 'completed'
where m.tenant_id = $1::uuid
  and m.deleted_at is null
  and m.content_type <> 'system'
  and (m.id = any ($3::uuid[]) or m.id in (
    select g.message_id from message_group_messages g where g.tenant_id = $1::uuid and g.group_id = $2::uuid))
order by m.sent_at, m.id
