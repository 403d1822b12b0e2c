-- What nobody may overlook, over all tenants: counts and ages, no content.
select
  (select count(*)::int from outbox_events where status in ('pending', 'processing')) as "outboxPending",
  (select count(*)::int from outbox_events where status = 'failed') as "outboxFailed",
  (select coalesce(extract(epoch from now() - min(created_at)), 0)::float8 from outbox_events
    where status in ('pending', 'processing')) as "outboxLagSeconds",
  (select count(*)::int from dead_letters where replayed_at is null and discarded_at is null) as "deadLetters",
  (select count(*)::int from ai_costs where status = 'reserved' and expires_at > now()) as "reservationsOpen",
  (select count(*)::int from ai_costs where status = 'reserved' and expires_at <= now()) as "reservationsExpired"
