-- $1 tenant, $2 message, $3 id given by the channel. An ack that was faster than this answer is not taken back.
with sent as (
  update messages
  set status = case when status in ('queued', 'sending') then 'sent' else status end,
    channel_message_id = coalesce(channel_message_id, $3), updated_at = now()
  where tenant_id = $1::uuid and id = $2::uuid
  returning channel_id
)
update channels c set messages_sent = messages_sent + 1, last_message_at = now()
from sent where c.tenant_id = $1::uuid and c.id = sent.channel_id
