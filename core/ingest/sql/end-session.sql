-- $1 tenant, $2 session. The window closed when its time ran out, not when the next message showed it.
update sessions
set status = 'ended', end_reason = 'inactivity_timeout', updated_at = now(), version = version + 1,
  ended_at = last_activity_at + make_interval(mins => timeout_minutes)
where tenant_id = $1::uuid and id = $2::uuid and status = 'active'
returning started_at, ended_at, message_count, messages_from_contact, messages_from_agent,
  array(
    select message.id::text from messages message
    where message.tenant_id = sessions.tenant_id and message.session_id = sessions.id
    order by message.sent_at, message.id
  ) as message_ids
