-- $1 tenant, $2 conversation, $3 content type, $4 id of the message in the channel, $5 its caption or null. The one with this
-- caption, or else the one claimed last: messages of a conversation are sent one after the other, so that is the one whose
-- answer is awaited. One whose answer was lost is found by its echo, too.
update messages
set channel_message_id = $4, status = 'sent', failure_reason = null, updated_at = now()
where tenant_id = $1::uuid and status in ('sending', 'unknown') and channel_message_id is null
  and id = (
    select id from messages
    where tenant_id = $1::uuid and conversation_id = $2::uuid and sent_at > now() - interval '1 day'
      and from_me and content_type = $3 and status in ('sending', 'unknown') and channel_message_id is null
      and deleted_at is null
    order by coalesce(text, '') = coalesce($5, '') desc, updated_at desc
    limit 1
  )
