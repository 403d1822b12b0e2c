-- $1 tenant, $2 session, $3 idle ms. Activity is counted from when we heard of it, so that an old time stamp of a
-- channel does not end a session that somebody is writing in.
update sessions
set status = 'ended', end_reason = 'inactivity_timeout', ended_at = now(), updated_at = now(), version = version + 1
where tenant_id = $1::uuid and id = $2::uuid and status = 'active'
  and greatest(last_activity_at, updated_at) <= now() - make_interval(secs => $3::float8 / 1000)
returning ended_at as "endedAt", started_at as "startedAt", contact_id as "contactId",
  conversation_id as "conversationId", channel_id as "channelId", message_count as "messageCount"
