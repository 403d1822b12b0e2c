-- Reserving and settling in fewer statements and with fewer writes to indexes, and in one round trip also when somebody has to be
-- told of a budget: the functions write the events themselves.

-- Writes a `budget.state_changed` for each change of state and a `budget.warning` for each mark that was passed, and passes on
-- the result of the function of the ledger that reports them.
create function tell_of_budgets(tenant uuid, result jsonb, event_metadata jsonb) returns jsonb
language plpgsql as $$
begin
  if jsonb_array_length(result -> 'changes') > 0 then
    insert into outbox_events (event_id, tenant_id, aggregate_type, aggregate_id, event_type, event_data, metadata)
    select gen_random_uuid(), tenant, 'budget', (change ->> 'budgetId')::uuid, event.type,
      change - '{from,to,reason,warnings}'::text[] || event.data, event_metadata
    from jsonb_array_elements(result -> 'changes') with ordinality as changes (change, place)
    cross join lateral (
      select 'budget.warning' as type, jsonb_build_object('percent', percent) as data, percent_place as event_place
      from jsonb_array_elements(change -> 'warnings') with ordinality as warnings (percent, percent_place)
      union all
      select 'budget.state_changed',
        jsonb_build_object('from', change -> 'from', 'to', change -> 'to', 'reason', change -> 'reason'),
        jsonb_array_length(change -> 'warnings') + 1
      where change -> 'from' <> change -> 'to') event
    order by place, event_place;
  end if;
  return result;
end $$;

drop function nothing_to_tell(jsonb);

-- Counts money in the windows of a call. They are locked in the order of their ids, as late and as briefly as possible: all
-- calls of the tenant wait for them. Windows that are gone (their budget was deleted) are passed over. Returns the changes
-- that are worth an event.
create or replace function count_in_windows(tenant uuid, ids uuid[], spent bigint, uncertain bigint, reserved bigint, reason text)
returns jsonb
language plpgsql as $$
declare
  locked record;
  w budget_windows;
  b budgets;
  changes jsonb := '[]';
begin
  if cardinality(ids) = 0 then return changes; end if;
  for locked in
    select bw as w, bu as b
    from budget_windows bw join budgets bu on bu.tenant_id = bw.tenant_id and bu.id = bw.budget_id
    where bw.tenant_id = tenant and bw.id = any (ids)
    order by bw.id for update of bw
  loop
    continue when spent = 0 and uncertain = 0;
    w := locked.w;
    b := locked.b;
    w.spent_micros := w.spent_micros + spent;
    w.uncertain_micros := w.uncertain_micros + uncertain;
    w.warned_percent := greatest(w.warned_percent, budget_mark(w.spent_micros + w.uncertain_micros, b.cap_micros));
    w.state := budget_state(w.spent_micros + w.uncertain_micros, b);
    -- Spending makes nothing better; only an invoice that came out lower, or a call that was billed once, does.
    if spent + uncertain >= 0 and budget_rank(w.state) < budget_rank((locked.w).state) then
      w.state := (locked.w).state;
    end if;
    if w.state <> (locked.w).state or w.warned_percent > (locked.w).warned_percent then
      changes := changes || budget_change(b, w, (locked.w).state, (locked.w).warned_percent, reason);
      update budget_windows set state = w.state, warned_percent = w.warned_percent
        where tenant_id = tenant and id = w.id;
    end if;
  end loop;
  update budget_windows set spent_micros = spent_micros + spent, uncertain_micros = uncertain_micros + uncertain,
    reserved_micros = reserved_micros + reserved
  where tenant_id = tenant and id = any (ids);
  return changes;
end $$;

-- Reserves the upper bound of a call, or says which budget does not allow it.
--
-- A try of the same activity takes over what the try before it had reserved: it never reserves twice. `cheaper_*` is what
-- to use from a budget's cheaper_percent on. Background work stops at defer_percent, answers to customers at human_percent,
-- and nothing is reserved beyond the cap.
--
-- Returns {outcome: 'reserved', attempt, micros, state, isCheaper, changes} or
-- {outcome: 'refused', reason, budgetId, scope, period, leftMicros, hasExpired, changes}.
create or replace function reserve_cost(
  cost_id uuid, tenant uuid, key text, provider_name text, operation_name text, is_background boolean,
  usual_model text, usual_micros bigint, usual_as_of date, cheaper_model text, cheaper_micros bigint, cheaper_as_of date,
  contact uuid, conversation uuid, enrichment uuid, turn uuid, agent uuid, campaign uuid, seconds_to_live integer)
returns jsonb
language plpgsql as $$
declare
  cost ai_costs;
  held bigint := 0;
  current_ids uuid[] := '{}';
  old_ids uuid[] := '{}';
  budget_count integer;
  missing uuid[];
  changes jsonb := '[]';
  change jsonb;
  w record;
  used bigint;
  left_micros bigint;
  looks_economical boolean := false;
  is_economical boolean := false;
  looks_cheaper boolean;
  is_cheaper boolean;
  chosen_micros bigint;
  refusal jsonb;
  worst text := 'normal';
  tightest bigint;
  tightest_window jsonb;
begin
  -- What costs nothing is held by no budget.
  if usual_micros > 0 then
    -- Under the lock no window opens. Where one has to be opened, the lock is given back with this block: nobody may wait to
    -- have it alone while he shares it.
    begin
      perform pg_advisory_xact_lock_shared(budget_lock(tenant));
      select count(*), coalesce(array_agg(bw.id order by bw.id) filter (where bw.id is not null), '{}'),
          array_agg(o.budget_id order by o.budget_id) filter (where bw.id is null),
          coalesce(bool_or((bw.spent_micros + bw.uncertain_micros) * 100 >= b.cap_micros * b.cheaper_percent), false)
        into budget_count, current_ids, missing, looks_economical
        from budgets_of(tenant, agent, campaign, conversation) o
        join budgets b on b.tenant_id = tenant and b.id = o.budget_id
        left join budget_windows bw
          on bw.tenant_id = tenant and bw.budget_id = o.budget_id and bw.starts_at = o.starts_at;
      if missing is not null then raise exception using errcode = 'VT002'; end if;
    exception when sqlstate 'VT002' then
      perform pg_advisory_xact_lock(budget_lock(tenant));
      for i in 1 .. cardinality(missing) loop
        change := open_budget_window(tenant, missing[i]);
        if change is not null then changes := changes || change; end if;
      end loop;
      select coalesce(array_agg(bw.id order by bw.id), '{}') into current_ids
        from budgets_of(tenant, agent, campaign, conversation) o
        join budget_windows bw on bw.tenant_id = tenant and bw.budget_id = o.budget_id and bw.starts_at = o.starts_at;
      if cardinality(current_ids) <> (select count(*) from budgets_of(tenant, agent, campaign, conversation)) then
        raise exception 'budgets or the time zone of the tenant changed meanwhile' using errcode = 'serialization_failure';
      end if;
    end;
  end if;

  -- Written before the windows are locked, as it most probably stays.
  looks_cheaper := looks_economical and cheaper_model is not null;
  insert into ai_costs as c (id, tenant_id, activity_key, provider, model, operation, status, reserved_micros,
    price_as_of, contact_id, conversation_id, enrichment_id, group_id, agent_id, campaign_id, budget_window_ids, expires_at)
  values (cost_id, tenant, key, provider_name, case when looks_cheaper then cheaper_model else usual_model end,
    operation_name, 'reserved', case when looks_cheaper then cheaper_micros else usual_micros end,
    case when looks_cheaper then cheaper_as_of else usual_as_of end, contact, conversation, enrichment, turn, agent, campaign,
    current_ids, now() + make_interval(secs => seconds_to_live))
  on conflict (tenant_id, activity_key) do update set attempt = c.attempt + 1
  returning * into cost;
  if cost.id = cost_id then
    if cardinality(current_ids) = 0 then
      return jsonb_build_object('outcome', 'reserved', 'attempt', 1, 'state', 'normal', 'micros', usual_micros,
        'isCheaper', false, 'changes', changes);
    end if;
  elsif cost.status = 'reserved' and cost.reserved_micros > 0 then
    held := cost.reserved_micros;
    old_ids := cost.budget_window_ids;
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

  is_cheaper := is_economical and cheaper_model is not null;
  chosen_micros := case when is_cheaper then cheaper_micros else usual_micros end;
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
  if cost.id <> cost_id or is_cheaper <> looks_cheaper then
    update ai_costs set status = 'reserved', provider = provider_name, reserved_micros = chosen_micros,
      model = case when is_cheaper then cheaper_model else usual_model end,
      price_as_of = case when is_cheaper then cheaper_as_of else usual_as_of end,
      budget_window_ids = current_ids, expires_at = now() + make_interval(secs => seconds_to_live)
    where id = cost.id;
  end if;
  return jsonb_build_object('outcome', 'reserved', 'attempt', cost.attempt, 'state', worst, 'micros', chosen_micros,
    'isCheaper', is_cheaper, 'changes', changes);
end $$;

-- Every reservation and every settlement writes to each index of its row. The index by tenant serves the sweeper as well: it has
-- only calls under way. Nobody looks for calls of no conversation, or of no turn.
drop index ai_costs_reserved_idx;
drop index ai_costs_conversation_idx;
create index ai_costs_conversation_idx on ai_costs (tenant_id, conversation_id, created_at) where conversation_id is not null;
drop index ai_costs_group_idx;
create index ai_costs_group_idx on ai_costs (tenant_id, group_id) where group_id is not null;
