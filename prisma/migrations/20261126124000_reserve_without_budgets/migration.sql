-- Most tenants have no budget: their reservation is one insert, not an insert and two updates.

-- Reserves the upper bound of a call, or says which budget does not allow it.
--
-- A try of the same activity takes over what the try before it had reserved: it never reserves twice. `cheaper_*` is what
-- to use from a budget's cheaper_percent on. Background work stops at defer_percent, answers to customers at human_percent,
-- and nothing is reserved beyond the cap.
--
-- Returns {outcome: 'reserved', attempt, model, micros, state, changes} or
-- {outcome: 'refused', reason, budgetId, scope, period, leftMicros, hasExpired, changes}.
create or replace function reserve_cost(
  cost_id uuid, tenant uuid, key text, provider_name text, operation_name text, is_background boolean,
  usual_model text, usual_micros bigint, usual_as_of date, cheaper_model text, cheaper_micros bigint, cheaper_as_of date,
  contact uuid, conversation uuid, enrichment uuid, turn uuid, agent uuid, campaign uuid, seconds_to_live integer)
returns jsonb
language plpgsql as $$
declare
  cost ai_costs;
  held bigint;
  current_ids uuid[] := '{}';
  old_ids uuid[] := '{}';
  missing uuid[];
  changes jsonb := '[]';
  change jsonb;
  w record;
  used bigint;
  left_micros bigint;
  is_economical boolean := false;
  chosen_micros bigint := usual_micros;
  refusal jsonb;
  worst text := 'normal';
  tightest bigint;
  tightest_window jsonb;
begin
  -- A tenant without budgets, or a call that costs nothing: one row, unless a try before this one has made it. The lock comes
  -- before the second look, so that a budget that is made meanwhile finds this row in the ledger.
  if usual_micros = 0 or not exists (select from budgets where tenant_id = tenant) then
    if usual_micros > 0 then perform pg_advisory_xact_lock_shared(budget_lock(tenant)); end if;
    if usual_micros = 0 or not exists (select from budgets where tenant_id = tenant) then
      insert into ai_costs (id, tenant_id, activity_key, provider, model, operation, status, reserved_micros,
        price_as_of, contact_id, conversation_id, enrichment_id, group_id, agent_id, campaign_id, expires_at)
      values (cost_id, tenant, key, provider_name, usual_model, operation_name, 'reserved', usual_micros,
        usual_as_of, contact, conversation, enrichment, turn, agent, campaign, now() + make_interval(secs => seconds_to_live))
      on conflict (tenant_id, activity_key) do nothing;
      if found then
        return jsonb_build_object('outcome', 'reserved', 'attempt', 1, 'state', 'normal', 'micros', usual_micros,
          'isCheaper', false, 'changes', '[]'::jsonb);
      end if;
    end if;
  end if;

  -- What costs nothing is held by no budget.
  if usual_micros > 0 then
    select array_agg(o.budget_id order by o.budget_id) into missing
      from budgets_of(tenant, agent, campaign, conversation) o
      where not exists (select from budget_windows bw
        where bw.tenant_id = tenant and bw.budget_id = o.budget_id and bw.starts_at = o.starts_at);
    if missing is null then
      perform pg_advisory_xact_lock_shared(budget_lock(tenant));
    else
      perform pg_advisory_xact_lock(budget_lock(tenant));
      for i in 1 .. cardinality(missing) loop
        change := open_budget_window(tenant, missing[i]);
        if change is not null then changes := changes || change; end if;
      end loop;
    end if;
  end if;

  insert into ai_costs as c (id, tenant_id, activity_key, provider, model, operation, status, reserved_micros,
    price_as_of, contact_id, conversation_id, enrichment_id, group_id, agent_id, campaign_id, expires_at)
  values (cost_id, tenant, key, provider_name, usual_model, operation_name, 'released', 0,
    usual_as_of, contact, conversation, enrichment, turn, agent, campaign, now())
  on conflict (tenant_id, activity_key) do update set attempt = c.attempt + 1
  returning * into cost;
  held := case when cost.status = 'reserved' then cost.reserved_micros else 0 end;
  if held > 0 then old_ids := cost.budget_window_ids; end if;

  if usual_micros > 0 then
    select coalesce(array_agg(bw.id order by bw.id), '{}') into current_ids
      from budgets_of(tenant, agent, campaign, conversation) o
      join budget_windows bw on bw.tenant_id = tenant and bw.budget_id = o.budget_id and bw.starts_at = o.starts_at;
    if cardinality(current_ids) <> (select count(*) from budgets_of(tenant, agent, campaign, conversation)) then
      raise exception 'the time zone of the tenant changed meanwhile' using errcode = 'serialization_failure';
    end if;
  end if;

  for w in
    select bw.*, b.scope, b.subject_id, b.period, b.cap_micros, b.cheaper_percent, b.defer_percent, b.human_percent
    from budget_windows bw join budgets b on b.tenant_id = bw.tenant_id and b.id = bw.budget_id
    where bw.tenant_id = tenant and bw.id = any (current_ids || old_ids)
    order by bw.id for update of bw
  loop
    continue when w.id <> all (current_ids);
    used := w.spent_micros + w.uncertain_micros;
    left_micros := w.cap_micros - used - w.reserved_micros + case when w.id = any (old_ids) then held else 0 end;
    if budget_rank(w.state) > budget_rank(worst) then worst := w.state; end if;
    if used * 100 >= w.cap_micros * w.cheaper_percent then is_economical := true; end if;
    if tightest is null or left_micros < tightest then
      tightest := left_micros;
      tightest_window := jsonb_build_object('id', w.id, 'unused', w.cap_micros - used, 'budgetId', w.budget_id,
        'scope', w.scope, 'period', w.period);
    end if;
    if refusal is null and is_background and used * 100 >= w.cap_micros * w.defer_percent then
      refusal := jsonb_build_object('reason', 'enrichment_deferred', 'budgetId', w.budget_id, 'scope', w.scope,
        'period', w.period, 'leftMicros', left_micros);
    elsif refusal is null and used * 100 >= w.cap_micros * w.human_percent then
      refusal := jsonb_build_object('reason', 'human', 'budgetId', w.budget_id, 'scope', w.scope,
        'period', w.period, 'leftMicros', left_micros);
    end if;
  end loop;

  if is_economical and cheaper_model is not null then chosen_micros := cheaper_micros; end if;
  if refusal is null and tightest < chosen_micros then
    refusal := (tightest_window - 'id' - 'unused')
      || jsonb_build_object('reason', 'does_not_fit', 'leftMicros', tightest);
    if (tightest_window ->> 'unused')::bigint >= chosen_micros then
      -- Calls under way hold what is missing, and most of it comes back when they end.
      refusal := refusal || '{"reason": "held_by_calls"}';
    elsif not is_background then
      -- There is not enough left to answer a customer: from here on people do.
      changes := changes || say_exhausted(tenant, (tightest_window ->> 'id')::uuid);
    end if;
  end if;

  if refusal is not null then
    if held > 0 then changes := changes || count_in_windows(tenant, old_ids, 0, 0, -held, 'released'); end if;
    if cost.cost_micros = 0 and cost.uncertain_micros = 0 then
      delete from ai_costs where id = cost.id;
    else
      update ai_costs set status = 'settled' where id = cost.id;
    end if;
    return refusal || jsonb_build_object('outcome', 'refused', 'changes', changes, 'hasExpired',
      exists (select from ai_costs where tenant_id = tenant and status = 'reserved' and expires_at < now()));
  end if;

  update budget_windows bw set reserved_micros = bw.reserved_micros
    - case when bw.id = any (old_ids) then held else 0 end
    + case when bw.id = any (current_ids) then chosen_micros else 0 end
  where bw.tenant_id = tenant and bw.id = any (current_ids || old_ids);
  update ai_costs set status = 'reserved', provider = provider_name, reserved_micros = chosen_micros,
    model = case when is_economical and cheaper_model is not null then cheaper_model else usual_model end,
    price_as_of = case when is_economical and cheaper_model is not null then cheaper_as_of else usual_as_of end,
    budget_window_ids = current_ids, expires_at = now() + make_interval(secs => seconds_to_live)
  where id = cost.id;
  return jsonb_build_object('outcome', 'reserved', 'attempt', cost.attempt, 'state', worst, 'micros', chosen_micros,
    'isCheaper', is_economical and cheaper_model is not null, 'changes', changes);
end $$;
