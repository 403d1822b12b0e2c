-- $1 tenant, $2 channel, $3 ids in the channel
select channel_message_id as "channelMessageId" from messages
where tenant_id = $1::uuid and channel_id = $2::uuid and channel_message_id = any ($3::text[]) and deleted_at is null
