-- What was read from the media of messages, where it is long. $1 tenant, $2 message ids, $3 least characters
select m.id::text as "messageId", m.contact_id::text as "contactId", m.conversation_id::text as "conversationId",
  m.session_id::text as "sessionId", m.content_type as "messageType", m.from_me as "fromMe", m.sent_at as "sentAt",
  p.timezone, m.media_filename as "fileName", e.extracted_text as text, e.metadata -> 'pageStarts' as "pageStarts"
from messages m
join projects p on p.id = m.tenant_id
join message_enrichments e on e.tenant_id = m.tenant_id and e.message_id = m.id and e.status = 'completed'
where m.tenant_id = $1::uuid and m.id = any ($2::uuid[]) and m.deleted_at is null
  and length(e.extracted_text) >= $3::int
order by m.sent_at, m.id
