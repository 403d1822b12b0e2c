-- $1 most events, $2 seconds after which a claim counts as abandoned
-- The caller holds the claim lock, so two relays never look at the same time. An event waits while an earlier one of its
-- aggregate is being delivered or backs off; otherwise a whole run of one aggregate is claimed at once, in order.
with ready as (
  select sequence
  from outbox_events e
  where (e.status = 'pending' and e.available_at <= now()
      or e.status = 'processing' and e.claimed_at <= now() - make_interval(secs => $2::int))
    and not exists (
      select 1 from outbox_events earlier
      where earlier.aggregate_id = e.aggregate_id and earlier.sequence < e.sequence
        and (earlier.status = 'pending' and earlier.available_at > now()
          or earlier.status = 'processing' and earlier.claimed_at > now() - make_interval(secs => $2::int)))
  order by sequence
  limit $1::int
)
update outbox_events o
set status = 'processing', claimed_at = now()
from ready
where o.sequence = ready.sequence
returning o.sequence::text as sequence, o.event_id as "eventId", o.tenant_id as "tenantId", o.aggregate_id as "aggregateId",
  o.event_type as "eventType", o.event_data as data, o.retry_count as "retryCount",
  o.metadata ->> 'correlation_id' as "correlationId"
