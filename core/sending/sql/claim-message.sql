-- $1 tenant, $2 message
-- A reply of a turn goes out only while the fence it was written behind still stands; otherwise it is cancelled here.
with head as (
  select m.id, m.conversation_id, m.sent_at, m.created_at, m.status in ('queued', 'sending') as is_open,
    -- An earlier attempt took it and never said what became of it. Without an id of its own a second send is a second message.
    m.status = 'sending' and m.channel_message_id is null as is_unconfirmed,
    m.group_id is not null and g.handler_version <> c.handler_version as is_fenced_off
  from messages m
  join conversations c on c.tenant_id = m.tenant_id and c.id = m.conversation_id
  left join message_groups g on g.tenant_id = m.tenant_id and g.id = m.group_id
  where m.tenant_id = $1::uuid and m.id = $2::uuid
  -- A take-over that is being committed comes first.
  for share of c
), queue as (
  -- What was written first goes first. A try every second would use all of them up within an outage's first minute, so
  -- the wait grows with the time already waited. After two hours one that cannot be sent holds nothing up any more:
  -- nobody's tries may run out by waiting. One that is `sending` for 15 minutes has lost its workflow.
  select head.*, case when is_open and not is_fenced_off and head.created_at > now() - interval '2 hours' and exists (
      select from messages earlier
      where earlier.tenant_id = $1::uuid and earlier.conversation_id = head.conversation_id
        and earlier.sent_at > head.sent_at - interval '1 day'
        and (earlier.sent_at, earlier.id) < (head.sent_at, head.id)
        and earlier.from_me and earlier.deleted_at is null
        and (earlier.status = 'queued'
          or earlier.status = 'sending' and earlier.updated_at > now() - interval '15 minutes')
    ) then least(greatest(extract(epoch from now() - head.created_at) * 500, 1000), 300000)::integer end as wait_ms
  from head
), claimed as (
  update messages m
  set status = case when queue.is_fenced_off and not queue.is_unconfirmed then 'cancelled' else 'sending' end,
    failure_reason = case when queue.is_fenced_off and not queue.is_unconfirmed then 'HANDLED_BY_HUMAN' end, updated_at = now()
  from queue
  where m.tenant_id = $1::uuid and m.id = queue.id and m.status in ('queued', 'sending') and queue.wait_ms is null
  returning m.*
)
select m.id, queue.wait_ms as "waitMs", queue.is_unconfirmed as "isUnconfirmed", m.content_type as "contentType", m.text, m.media_url as "mediaUrl",
  m.media_mimetype as "mediaMimetype", m.media_filename as "mediaFilename", m.channel_message_id as "channelMessageId",
  original.channel_message_id as "replyToExternalId", conversation.external_chat_id as "chatId",
  channel.type as "channelType", channel.id as "channelId", channel.base_url as "baseUrl",
  channel.api_key_encrypted as "apiKeyEncrypted", channel.external_id as "externalId",
  channel.is_enabled and channel.deleted_at is null as "isChannelOn"
from queue
left join claimed m on true
left join conversations conversation on conversation.tenant_id = m.tenant_id and conversation.id = m.conversation_id
left join channels channel on channel.tenant_id = m.tenant_id and channel.id = m.channel_id
left join messages original on original.tenant_id = m.tenant_id and original.id = m.reply_to_id
where m.status = 'sending' or queue.wait_ms is not null
