-- $1 tenant, $2 conversation, $3 content type, $4 id of the message in the channel. The one claimed last: messages of a
-- conversation are sent one after the other, so that is the one whose answer is awaited.
update messages
set channel_message_id = $4, status = 'sent', updated_at = now()
where tenant_id = $1::uuid and status = 'sending' and channel_message_id is null
  and id = (
    select id from messages
    where tenant_id = $1::uuid and conversation_id = $2::uuid and sent_at > now() - interval '1 day'
      and from_me and content_type = $3 and status = 'sending' and channel_message_id is null and deleted_at is null
    order by updated_at desc
    limit 1
  )
