-- $1 tenant
select
  (select count(*)::int from channels where tenant_id = $1::uuid and deleted_at is null and status = 'active')
    as "channelsActive",
  (select count(*)::int from channels where tenant_id = $1::uuid and deleted_at is null and is_enabled
     and status in ('disconnected', 'error')) as "channelsFailing",
  (select count(*)::int from messages where tenant_id = $1::uuid and status in ('queued', 'sending')) as "messagesWaiting",
  (select count(*)::int from messages where tenant_id = $1::uuid and status = 'failed'
     and updated_at > now() - interval '1 hour') as "messagesFailedLastHour",
  (select count(*)::int from message_enrichments where tenant_id = $1::uuid and status in ('pending', 'processing'))
    as "enrichmentsWaiting",
  (select count(*)::int from message_enrichments where tenant_id = $1::uuid and status = 'failed'
     and completed_at > now() - interval '1 hour') as "enrichmentsFailedLastHour",
  coalesce((select extract(epoch from now() - min(created_at))::int from outbox_events
     where tenant_id = $1::uuid and status in ('pending', 'processing')), 0) as "oldestEventSeconds"
