-- Prepared: planned once a connection.
-- $1 tenant, $2 turn. Where the turn's conversation is; no row when its channel is off.
select c.channel_id as "channelId", c.external_chat_id as "chatId", channel.type as "channelType",
  channel.base_url as "baseUrl", channel.api_key_encrypted as "apiKeyEncrypted", channel.external_id as "externalId"
from message_groups g
join conversations c on c.tenant_id = g.tenant_id and c.id = g.conversation_id
join channels channel on channel.tenant_id = c.tenant_id and channel.id = c.channel_id
where g.tenant_id = $1::uuid and g.id = $2::uuid and channel.is_enabled and channel.deleted_at is null
