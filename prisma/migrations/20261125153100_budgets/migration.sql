-- Budgets, and a ledger that knows them. Reserving and settling are functions, so that the rows that many calls share are
-- locked for one statement and the commit, not for round trips.

alter table ai_costs
  -- What attempts whose answer was lost may have cost at most. Counts against budgets until an invoice says what it was.
  add column uncertain_micros bigint not null default 0 check (uncertain_micros >= 0),
  -- Goes up with every try of the activity. Only the last one holds the reservation.
  add column attempt integer not null default 1,
  -- The windows of budgets that this call counts in.
  add column budget_window_ids uuid[] not null default '{}',
  add column agent_id uuid,
  add column campaign_id uuid;
alter table ai_costs drop constraint ai_costs_operation_check;
alter table ai_costs add constraint ai_costs_operation_check
  check (operation in ('vision', 'speech', 'document', 'embedding', 'language', 'rerank', 'message'));
alter table ai_costs drop constraint ai_costs_status_check;
alter table ai_costs add constraint ai_costs_status_check
  -- expired: nobody came back for the reservation in time
  check (status in ('reserved', 'settled', 'released', 'expired'));
create index ai_costs_reserved_tenant_idx on ai_costs (tenant_id, expires_at) where status = 'reserved';
create index ai_costs_uncertain_idx on ai_costs (tenant_id, created_at) where uncertain_micros > 0;

-- The sweeper asks which tenants have reservations past their time, and sees nothing else.
create policy system_expiry on ai_costs for select to ventros_system using (status = 'reserved');
grant select (tenant_id, status, expires_at) on ai_costs to ventros_system;

create table budgets (
  id uuid not null,
  tenant_id uuid not null references projects (id),
  scope text not null check (scope in ('tenant', 'agent', 'campaign', 'conversation')),
  -- The agent, campaign or conversation; of the scope tenant the tenant itself.
  subject_id uuid not null,
  period text not null check (period in ('day', 'month')),
  cap_micros bigint not null check (cap_micros >= 0),
  -- Shares of the cap from which on the cheaper model is used, what can wait waits, and people answer.
  cheaper_percent smallint not null default 80,
  defer_percent smallint not null default 90,
  human_percent smallint not null default 100,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (tenant_id, id),
  unique (tenant_id, scope, subject_id, period),
  check (scope <> 'tenant' or subject_id = tenant_id),
  check (1 <= cheaper_percent and cheaper_percent <= defer_percent and defer_percent <= human_percent and human_percent <= 100)
);
select enable_tenant_isolation('budgets');

-- One day or month of a budget, in the tenant's time zone, with its running totals.
create table budget_windows (
  id uuid not null,
  tenant_id uuid not null references projects (id),
  budget_id uuid not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  spent_micros bigint not null default 0,
  uncertain_micros bigint not null default 0 check (uncertain_micros >= 0),
  reserved_micros bigint not null default 0 check (reserved_micros >= 0),
  state text not null default 'normal' check (state in ('normal', 'cheaper_model', 'enrichment_deferred', 'human')),
  -- The last of 50, 80 and 100 that was warned of.
  warned_percent smallint not null default 0,
  primary key (tenant_id, id),
  unique (tenant_id, budget_id, starts_at),
  foreign key (tenant_id, budget_id) references budgets (tenant_id, id) on delete cascade
) with (fillfactor = 50);
select enable_tenant_isolation('budget_windows');

create function budget_rank(state text) returns integer
language sql immutable parallel safe as
$$ select array_position(array['normal', 'cheaper_model', 'enrichment_deferred', 'human'], state) $$;

create function budget_state(used bigint, b budgets) returns text
language sql immutable parallel safe as
$$ select case when used * 100 >= b.cap_micros * b.human_percent then 'human'
               when used * 100 >= b.cap_micros * b.defer_percent then 'enrichment_deferred'
               when used * 100 >= b.cap_micros * b.cheaper_percent then 'cheaper_model'
               else 'normal' end $$;

-- The highest of 50, 80 and 100 per cent that is reached; 0 below.
create function budget_mark(used bigint, cap bigint) returns integer
language sql immutable parallel safe as
$$ select case when used >= cap then 100 when used * 100 >= cap * 80 then 80 when used * 100 >= cap * 50 then 50 else 0 end $$;

-- Whoever counts costs in budgets holds this lock shared; whoever opens a window, which starts from what is in the ledger
-- already, holds it alone: no call may fall between the sum and the window.
create function budget_lock(tenant uuid) returns bigint
language sql immutable parallel safe as
$$ select hashtextextended('ventros budgets ' || tenant::text, 0) $$;

-- The budgets that a call counts in, with the bounds of their window at this moment.
create function budgets_of(tenant uuid, agent uuid, campaign uuid, conversation uuid)
returns table (budget_id uuid, starts_at timestamptz, ends_at timestamptz)
language sql stable as
$$ select b.id, date_trunc(b.period, now() at time zone p.timezone) at time zone p.timezone,
     (date_trunc(b.period, now() at time zone p.timezone) + ('1 ' || b.period)::interval) at time zone p.timezone
   from budgets b
   join projects p on p.id = b.tenant_id
   where b.tenant_id = tenant
     and (b.scope, b.subject_id) in (('tenant', tenant), ('agent', agent), ('campaign', campaign),
       ('conversation', conversation)) $$;

create function counts_in(c ai_costs, b budgets) returns boolean
language sql immutable as
$$ select case b.scope when 'tenant' then true
                       when 'agent' then c.agent_id = b.subject_id
                       when 'campaign' then c.campaign_id = b.subject_id
                       when 'conversation' then c.conversation_id = b.subject_id end $$;

-- Opens the window of now of one budget, beginning with what the ledger holds of its time: of a budget that is new in the
-- middle of a month, or of a tenant that moved to another time zone. The caller holds the budget lock alone.
-- Returns {window, from, to, mark} when the state differs from that of the window before, else null.
create function open_budget_window(tenant uuid, budget uuid) returns jsonb
language plpgsql as $$
declare
  b budgets;
  window_id uuid := gen_random_uuid();
  v_starts timestamptz;
  v_ends timestamptz;
  v_before text;
  w budget_windows;
begin
  select * into strict b from budgets where tenant_id = tenant and id = budget;
  select date_trunc(b.period, now() at time zone p.timezone) at time zone p.timezone,
         (date_trunc(b.period, now() at time zone p.timezone) + ('1 ' || b.period)::interval) at time zone p.timezone
    into strict v_starts, v_ends
    from projects p where p.id = tenant;
  select state into v_before from budget_windows
    where tenant_id = tenant and budget_id = budget order by starts_at desc limit 1;
  insert into budget_windows (id, tenant_id, budget_id, starts_at, ends_at)
    values (window_id, tenant, budget, v_starts, v_ends)
    on conflict (tenant_id, budget_id, starts_at) do nothing;
  if not found then return null; end if;
  -- Calls that may still change what they came to must find this window again.
  update ai_costs c set budget_window_ids = c.budget_window_ids || window_id
    where c.tenant_id = tenant and c.created_at >= v_starts and c.created_at < v_ends and counts_in(c, b)
      and (c.status in ('reserved', 'expired') or c.uncertain_micros > 0);
  update budget_windows set (spent_micros, uncertain_micros, reserved_micros) = (
    select coalesce(sum(c.cost_micros), 0), coalesce(sum(c.uncertain_micros), 0),
      coalesce(sum(c.reserved_micros) filter (where c.status = 'reserved'), 0)
    from ai_costs c
    where c.tenant_id = tenant and c.created_at >= v_starts and c.created_at < v_ends and counts_in(c, b))
  where tenant_id = tenant and id = window_id
  returning * into w;
  update budget_windows set
    state = budget_state(w.spent_micros + w.uncertain_micros, b),
    warned_percent = budget_mark(w.spent_micros + w.uncertain_micros, b.cap_micros)
  where tenant_id = tenant and id = window_id
  returning * into w;
  if w.state = coalesce(v_before, 'normal') and w.warned_percent = 0 then return null; end if;
  return budget_change(b, w, coalesce(v_before, 'normal'), 0,
    case when v_before is null then 'new_budget' else 'new_period' end);
end $$;

-- What subscribers are told of a window: its state before and after, and the marks of 50, 80, 100 it passed.
create function budget_change(b budgets, w budget_windows, before text, warned integer, reason text) returns jsonb
language sql immutable as
$$ select jsonb_build_object('budgetId', b.id, 'scope', b.scope, 'subjectId', b.subject_id, 'period', b.period,
     'capMicros', b.cap_micros, 'spentMicros', w.spent_micros, 'uncertainMicros', w.uncertain_micros,
     'windowStartsAt', w.starts_at, 'from', before, 'to', w.state, 'reason', reason,
     'warnings', (select coalesce(jsonb_agg(mark), '[]') from unnest(array[50, 80, 100]) mark
                  where mark > warned and mark <= w.warned_percent)) $$;

-- Counts money in the windows of a call, in the order of their ids. Windows that are gone (their budget was deleted) are
-- passed over. Returns the changes that are worth an event.
create function count_in_windows(tenant uuid, ids uuid[], spent bigint, uncertain bigint, reserved bigint, reason text)
returns jsonb
language plpgsql as $$
declare
  w budget_windows;
  b budgets;
  v_before text;
  v_warned integer;
  changes jsonb := '[]';
begin
  for w in select * from budget_windows where tenant_id = tenant and id = any (ids) order by id for update loop
    select * into b from budgets where tenant_id = tenant and id = w.budget_id;
    v_before := w.state;
    v_warned := w.warned_percent;
    w.spent_micros := w.spent_micros + spent;
    w.uncertain_micros := w.uncertain_micros + uncertain;
    if spent <> 0 or uncertain <> 0 then
      w.warned_percent := greatest(v_warned, budget_mark(w.spent_micros + w.uncertain_micros, b.cap_micros));
      w.state := budget_state(w.spent_micros + w.uncertain_micros, b);
      -- Spending makes nothing better; only an invoice that came out lower, or a call that was billed once, does.
      if spent + uncertain >= 0 and budget_rank(w.state) < budget_rank(v_before) then w.state := v_before; end if;
    end if;
    update budget_windows set spent_micros = w.spent_micros, uncertain_micros = w.uncertain_micros,
      reserved_micros = reserved_micros + reserved, state = w.state, warned_percent = w.warned_percent
    where tenant_id = tenant and id = w.id;
    if w.state <> v_before or w.warned_percent > v_warned then
      changes := changes || budget_change(b, w, v_before, v_warned, reason);
    end if;
  end loop;
  return changes;
end $$;

-- Reserves the upper bound of a call, or says which budget does not allow it.
--
-- A try of the same activity takes over what the try before it had reserved: it never reserves twice. `cheaper_*` is what
-- to use from a budget's cheaper_percent on. Background work stops at defer_percent, answers to customers at human_percent,
-- and nothing is reserved beyond the cap.
--
-- Returns {outcome: 'reserved', attempt, model, micros, state, changes} or
-- {outcome: 'refused', reason, budgetId, scope, period, leftMicros, hasExpired, changes}.
create function reserve_cost(
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

-- A budget that cannot pay for an answer any more says so, though its percentage is below the threshold.
create function say_exhausted(tenant uuid, window_id uuid) returns jsonb
language plpgsql as $$
declare
  w budget_windows;
  b budgets;
  v_before text;
begin
  select state into v_before from budget_windows where tenant_id = tenant and id = window_id;
  if v_before = 'human' then return '[]'; end if;
  update budget_windows set state = 'human' where tenant_id = tenant and id = window_id returning * into w;
  select * into b from budgets where tenant_id = tenant and id = w.budget_id;
  return jsonb_build_array(budget_change(b, w, v_before, w.warned_percent, 'does_not_fit'));
end $$;

-- Counts what a try came to: its cost, what it may have cost (null: nothing, and neither the tries before it), or nothing. Gives the reservation back if this try still
-- holds it; a try that was overtaken by another, or came back after its time, is counted all the same.
-- Returns {changes}, or null when the ledger has no such row.
create function settle_cost(tenant uuid, key text, by_attempt integer, spent bigint, uncertain bigint, used jsonb,
  answered_by text)
returns jsonb
language plpgsql as $$
declare
  cost ai_costs;
  is_holder boolean;
  held bigint;
  is_open boolean;
begin
  perform pg_advisory_xact_lock_shared(budget_lock(tenant));
  select * into cost from ai_costs where tenant_id = tenant and activity_key = key for update;
  if not found then return null; end if;
  -- This call went on with what the tries before it began: they are billed with it.
  uncertain := coalesce(uncertain, -cost.uncertain_micros);
  is_holder := cost.status = 'reserved' and cost.attempt = by_attempt;
  is_open := cost.status = 'reserved' and not is_holder;
  held := case when is_holder then cost.reserved_micros else 0 end;
  update ai_costs set
    cost_micros = cost.cost_micros + spent,
    uncertain_micros = cost.uncertain_micros + uncertain,
    status = case when is_open then 'reserved'
                  when cost.cost_micros + spent + cost.uncertain_micros + uncertain > 0 or used is not null then 'settled'
                  when is_holder then 'released'
                  else cost.status end,
    usage = case when used is null then cost.usage else add_usage(cost.usage, used) end,
    model = coalesce(answered_by, cost.model),
    settled_at = case when used is null then cost.settled_at else now() end
  where id = cost.id;
  return jsonb_build_object('changes',
    count_in_windows(tenant, cost.budget_window_ids, spent, uncertain, -held, 'spent'));
end $$;

-- Adds the numbers of two usages; what is no number (estimated: true) is kept.
create function add_usage(a jsonb, b jsonb) returns jsonb
language sql immutable parallel safe as
$$ select case when a = '{}' then b else
     (select jsonb_object_agg(k, case when jsonb_typeof(coalesce(b -> k, a -> k)) = 'number'
        then to_jsonb(coalesce((a ->> k)::numeric, 0) + coalesce((b ->> k)::numeric, 0)) else coalesce(b -> k, a -> k) end)
      from (select jsonb_object_keys(a || b) as k) keys) end $$;

-- Gives back what was reserved by calls that nobody came back for, and says how many. Each is given back once: its status
-- tells.
create function expire_reservations(tenant uuid, most integer) returns integer
language plpgsql as $$
declare
  expired integer;
  sums jsonb;
  lapsed record;
begin
  perform pg_advisory_xact_lock_shared(budget_lock(tenant));
  with past as (
    select id from ai_costs where tenant_id = tenant and status = 'reserved' and expires_at < now()
    order by expires_at limit most for update skip locked),
  closed as (
    update ai_costs c set status = case when c.cost_micros + c.uncertain_micros > 0 then 'settled' else 'expired' end
    from past where c.tenant_id = tenant and c.id = past.id
    returning c.reserved_micros, c.budget_window_ids)
  select (select count(*) from closed),
    (select coalesce(jsonb_object_agg(window_id, total), '{}') from (
       select window_id, sum(reserved_micros) as total from closed, unnest(budget_window_ids) as window_id group by 1) s)
  into expired, sums;
  for lapsed in
    select w.id from budget_windows w
    where w.tenant_id = tenant and w.id in (select window_id::uuid from jsonb_object_keys(sums) as window_id)
    order by w.id for update
  loop
    update budget_windows set reserved_micros = reserved_micros - (sums ->> lapsed.id::text)::bigint
    where tenant_id = tenant and id = lapsed.id;
  end loop;
  return expired;
end $$;
