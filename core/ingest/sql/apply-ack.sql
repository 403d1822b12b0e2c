-- Prepared: planned once a connection.
-- $1 tenant, $2 channel, $3 id of the message in the channel, $4 new status, $5 statuses it may follow,
-- $6 when the channel said so, $7 reason of a failure or null, $8 id of the event.
-- Times are set once, also by late news; the status only moves on, and only then there is an event.
with before as materialized (
  select id, status
  from messages
  where tenant_id = $1::uuid and channel_id = $2::uuid and channel_message_id = $3 and from_me and deleted_at is null
  for update
), moved as (
  update messages message
  set status = case when before.status = any ($5::text[]) then $4 else before.status end,
    failure_reason = case when before.status = any ($5::text[]) then $7 else failure_reason end,
    -- what was read has arrived, and what was played was read
    delivered_at = case when $4 in ('delivered', 'read', 'played') then coalesce(delivered_at, $6::timestamptz) else delivered_at end,
    read_at = case when $4 in ('read', 'played') then coalesce(read_at, $6::timestamptz) else read_at end,
    played_at = case when $4 = 'played' then coalesce(played_at, $6::timestamptz) else played_at end,
    updated_at = now()
  from before
  where message.tenant_id = $1::uuid and message.id = before.id
    and (before.status = any ($5::text[])
      or ($4 in ('delivered', 'read', 'played') and delivered_at is null)
      or ($4 in ('read', 'played') and read_at is null)
      or ($4 = 'played' and played_at is null))
    and before.status <> 'cancelled'
  returning message.id, message.contact_id, message.conversation_id
), event as (
  insert into outbox_events (event_id, tenant_id, aggregate_type, aggregate_id, event_type, event_data, category)
  select $8::uuid, $1::uuid, 'message', moved.id, 'message.' || $4,
    jsonb_build_object('messageId', moved.id, 'channelId', $2, 'contactId', moved.contact_id,
      'conversationId', moved.conversation_id, 'status', $4, 'previousStatus', before.status, 'at', $6),
    'message_delivery'
  from moved, before
  where before.status = any ($5::text[]) and $4 in ('delivered', 'read', 'played', 'failed')
)
select exists (select from before) as known, exists (select from moved) as changed
