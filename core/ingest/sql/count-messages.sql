-- Prepared: planned once a connection.
-- $1 tenant, $2 channel, $3 received, $4 sent, $5 time of the newest
update channels
set messages_received = messages_received + $3::integer, messages_sent = messages_sent + $4::integer,
  last_message_at = greatest(last_message_at, $5::timestamptz)
where tenant_id = $1::uuid and id = $2::uuid
