-- $1 tenant, $2 one budget or null, $3 scope or null, $4 subject or null, $5 id after which to go on or null, $6 limit
-- A budget without calls in its present day or month has no window yet: nothing is spent then.
select b.id, b.scope, case when b.scope = 'tenant' then null else b.subject_id end as "subjectId", b.period,
  b.cap_micros as "capMicros", b.cheaper_percent as "cheaperPercent", b.defer_percent as "deferPercent",
  b.human_percent as "humanPercent", b.version, b.created_at as "createdAt", b.updated_at as "updatedAt",
  bounds.starts_at as "windowStartsAt", bounds.ends_at as "windowEndsAt",
  coalesce(w.spent_micros, 0) as "spentMicros", coalesce(w.uncertain_micros, 0) as "uncertainMicros",
  coalesce(w.reserved_micros, 0) - lapsed.micros as "reservedMicros",
  greatest(0, b.cap_micros - coalesce(w.spent_micros + w.uncertain_micros + w.reserved_micros, 0) + lapsed.micros)
    as "remainingMicros",
  case when b.cap_micros = 0 then 100
       else floor(coalesce(w.spent_micros + w.uncertain_micros, 0) * 1000.0 / b.cap_micros) / 10 end::float8
    as "spentPercent",
  coalesce(w.state, budget_state(0, b)) as state
from budgets b
join projects p on p.id = b.tenant_id
cross join lateral (
  select date_trunc(b.period, now() at time zone p.timezone) at time zone p.timezone as starts_at,
    (date_trunc(b.period, now() at time zone p.timezone) + ('1 ' || b.period)::interval) at time zone p.timezone as ends_at
) bounds
left join budget_windows w on w.tenant_id = b.tenant_id and w.budget_id = b.id and w.starts_at = bounds.starts_at
cross join lateral (
  -- Past their time, and not swept yet: they hold nothing any more.
  select coalesce(sum(c.reserved_micros), 0)::bigint as micros from ai_costs c
  where c.tenant_id = b.tenant_id and c.status = 'reserved' and c.expires_at < now() and w.id = any (c.budget_window_ids)
) lapsed
where b.tenant_id = $1::uuid
  and ($2::uuid is null or b.id = $2::uuid)
  and ($3::text is null or b.scope = $3)
  and ($4::uuid is null or b.subject_id = $4::uuid)
  and ($5::uuid is null or b.id < $5::uuid)
order by b.id desc
limit $6::integer
