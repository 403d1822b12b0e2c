-- $1 tenant, $2 message
-- A reply of a turn goes out only while the fence it was written behind still stands; otherwise it is cancelled here.
with head as (
  select m.id, m.group_id is not null and g.handler_version <> c.handler_version as is_fenced_off
  from messages m
  join conversations c on c.tenant_id = m.tenant_id and c.id = m.conversation_id
  left join message_groups g on g.tenant_id = m.tenant_id and g.id = m.group_id
  where m.tenant_id = $1::uuid and m.id = $2::uuid
  -- A take-over that is being committed comes first.
  for share of c
), claimed as (
  update messages m
  set status = case when head.is_fenced_off then 'cancelled' else 'sending' end,
    failure_reason = case when head.is_fenced_off then 'HANDLED_BY_HUMAN' end, updated_at = now()
  from head
  where m.tenant_id = $1::uuid and m.id = head.id and m.status in ('queued', 'sending')
  returning m.*
)
select m.id, m.content_type as "contentType", m.text, m.media_url as "mediaUrl", m.media_mimetype as "mediaMimetype",
  m.media_filename as "mediaFilename", m.channel_message_id as "channelMessageId",
  original.channel_message_id as "replyToExternalId", conversation.external_chat_id as "chatId",
  channel.type as "channelType", channel.id as "channelId", channel.base_url as "baseUrl",
  channel.api_key_encrypted as "apiKeyEncrypted", channel.external_id as "externalId"
from claimed m
join conversations conversation on conversation.tenant_id = m.tenant_id and conversation.id = m.conversation_id
join channels channel on channel.tenant_id = m.tenant_id and channel.id = m.channel_id
left join messages original on original.tenant_id = m.tenant_id and original.id = m.reply_to_id
where m.status = 'sending'
