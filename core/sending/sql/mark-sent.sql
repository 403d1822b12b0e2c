-- $1 tenant, $2 message, $3 its id in the channel or null, $4 status, $5 to $7 when it was delivered, read and played or
-- null. An ack or an echo that was faster than the channel's answer is not taken back.
with sent as (
  update messages
  set status = case when status in ('queued', 'sending', 'unknown') then $4 else status end,
    failure_reason = case when status in ('queued', 'sending', 'unknown') then null else failure_reason end,
    channel_message_id = coalesce(channel_message_id, $3), delivered_at = coalesce(delivered_at, $5::timestamptz),
    read_at = coalesce(read_at, $6::timestamptz), played_at = coalesce(played_at, $7::timestamptz), updated_at = now()
  where tenant_id = $1::uuid and id = $2::uuid
  returning channel_id
)
update channels c set messages_sent = messages_sent + 1, last_message_at = now()
from sent where c.tenant_id = $1::uuid and c.id = sent.channel_id
