-- $1 tenant, $2 channel, $3 new status, $4 last error or null, $5 event type or null, $6 id of the event, $7 what the channel said
with before as materialized (
  select id, status, is_enabled from channels where tenant_id = $1::uuid and id = $2::uuid and deleted_at is null for update
), changed as (
  update channels channel
  set status = $3, last_error = $4, updated_at = now(), version = version + 1
  from before
  -- What an operator switched off stays off, whatever its session does.
  where channel.tenant_id = $1::uuid and channel.id = before.id and before.is_enabled
    and (before.status <> $3 or channel.last_error is distinct from $4)
  returning channel.id
), event as (
  insert into outbox_events (event_id, tenant_id, aggregate_type, aggregate_id, event_type, event_data)
  select $6::uuid, $1::uuid, 'channel', changed.id, $5,
    jsonb_build_object('channelId', changed.id, 'status', $3, 'previousStatus', before.status, 'reported', $7::text)
  from changed, before
  where $5::text is not null and before.status <> $3
)
select exists (select from changed) as changed
