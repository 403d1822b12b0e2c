-- $1 sequence to go on after, $2 most rows to look at, $3 days that processed events are kept
-- Walks the primary key from the oldest, so it needs no index of its own and reads little that it does not delete.
with page as materialized (
  select sequence, created_at from outbox_events where sequence > $1::bigint order by sequence limit $2::integer
), gone as (
  delete from outbox_events o
  using page
  where o.sequence = page.sequence and o.status = 'processed' and o.processed_at < now() - make_interval(days => $3::integer)
  returning o.sequence
)
select (select count(*)::integer from gone) as deleted, max(sequence)::text as "lastSequence",
  -- what is younger than the time they are kept cannot have been processed before it
  coalesce(max(created_at) < now() - make_interval(days => $3::integer), false) and count(*) = $2::integer as "hasMore"
from page
