-- Prepared: planned once a connection.
-- $1 tenant, $2 turn
select g.conversation_id as "conversationId", c.channel_id as "channelId", c.contact_id as "contactId",
  g.session_id as "sessionId", c.external_chat_id as "externalChatId", k.name as "contactName",
  k.deleted_at is not null as "isContactDeleted", p.name as company,
  p.timezone, c.handler, c.handler_version as "handlerVersion", g.handler_version as "turnHandlerVersion", g.status
from message_groups g
join conversations c on c.tenant_id = g.tenant_id and c.id = g.conversation_id
join contacts k on k.tenant_id = c.tenant_id and k.id = c.contact_id
join projects p on p.id = g.tenant_id
where g.tenant_id = $1::uuid and g.id = $2::uuid
