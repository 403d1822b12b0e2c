-- $1 tenant, $2 budget, $3 metadata of events. What the present window is worth after cap or thresholds have changed.
with before as (
  select w.id, w.state, w.warned_percent, budget_state(w.spent_micros + w.uncertain_micros, b) as new_state,
    greatest(w.warned_percent, budget_mark(w.spent_micros + w.uncertain_micros, b.cap_micros)) as new_warned
  from budget_windows w
  join budgets b on b.tenant_id = w.tenant_id and b.id = w.budget_id
  where w.tenant_id = $1::uuid and w.budget_id = $2::uuid and w.starts_at <= now() and w.ends_at > now()
  order by w.id for update of w
), changed as (
  update budget_windows w set state = before.new_state, warned_percent = before.new_warned
  from before
  where w.tenant_id = $1::uuid and w.id = before.id
    and (before.new_state <> before.state or before.new_warned <> before.warned_percent)
  returning (select budget_change(b, w, before.state, before.warned_percent, 'changed') from budgets b
             where b.tenant_id = w.tenant_id and b.id = w.budget_id) as change
)
select tell_of_budgets($1::uuid, jsonb_build_object('changes', coalesce(jsonb_agg(change), '[]')), $3::jsonb) from changed
