-- $1 tenant, $2 event, $3 event types that somebody receives, $4 whether it may come after later ones
-- The caller holds the claim lock, so no relay takes later events between this look and the commit. An event that goes
-- back keeps its sequence, so it comes before all of its aggregate that still wait.
with event as materialized (
  select e.sequence, e.aggregate_id from outbox_events e
  where e.tenant_id = $1::uuid and e.event_id = $2::uuid and e.status = 'failed'
), overtaken as materialized (
  select count(*)::int as events
  from event join outbox_events later
    on later.tenant_id = $1::uuid and later.aggregate_id = event.aggregate_id and later.sequence > event.sequence
  where later.status in ('processing', 'processed') and later.event_type = any ($3::text[])
), requeued as (
  update outbox_events o
  set status = 'pending', retry_count = 0, available_at = now(), claimed_at = null
  from event, overtaken
  where o.sequence = event.sequence and (overtaken.events = 0 or $4::boolean)
  returning o.sequence
)
select (select count(*) = 1 from requeued) as requeued, overtaken.events as "laterEvents" from overtaken
