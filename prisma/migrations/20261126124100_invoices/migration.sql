-- A ledger that can be held against the invoices of providers.

alter table ai_costs
  -- The names under which the provider answered, one for each try that it billed. Its invoice may list calls by them.
  add column request_ids text[] not null default '{}',
  -- Tries that said what they came to. The others died: nobody knows whether they were billed.
  add column settlements integer not null default 0;
update ai_costs set settlements = case when status in ('reserved', 'expired') then attempt - 1 else attempt end;

drop function settle_cost(uuid, text, integer, bigint, bigint, jsonb, text);

-- Counts what a try came to: its cost, what it may have cost (null: nothing, and neither the tries before it), or nothing. Gives
-- the reservation back if this try still holds it; a try that was overtaken by another, or came back after its time, is
-- counted all the same. Returns {changes}, or null when the ledger has no such row.
create function settle_cost(tenant uuid, key text, by_attempt integer, spent bigint, uncertain bigint, used jsonb,
  answered_by text, answer_ids text[])
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
    request_ids = cost.request_ids || answer_ids,
    settlements = cost.settlements + 1,
    settled_at = case when used is null then cost.settled_at else now() end
  where id = cost.id;
  return jsonb_build_object('changes',
    count_in_windows(tenant, cost.budget_window_ids, spent, uncertain, -held, 'spent'));
end $$;

-- What the invoice of the provider says that the lost answers of a call came to: no more than it may have cost. Nothing is
-- uncertain about the call from then on. A call that is under way is left alone. Returns {changes}, or null for such a call.
create function reconcile_cost(tenant uuid, cost_id uuid, spent bigint, used jsonb, billed_ids text[])
returns jsonb
language plpgsql as $$
declare
  cost ai_costs;
begin
  perform pg_advisory_xact_lock_shared(budget_lock(tenant));
  select * into cost from ai_costs where tenant_id = tenant and id = cost_id for update;
  if not found or (cost.status = 'reserved' and cost.expires_at > now()) then return null; end if;
  update ai_costs set
    cost_micros = cost.cost_micros + spent,
    uncertain_micros = 0,
    status = case when cost.status = 'reserved' then 'reserved'
                  when cost.cost_micros + spent > 0 or cost.usage <> '{}' then 'settled'
                  else 'released' end,
    usage = case when used is null then cost.usage else add_usage(cost.usage, used) end,
    request_ids = cost.request_ids || billed_ids,
    settlements = case when cost.status = 'reserved' then cost.attempt - 1 else cost.attempt end,
    settled_at = case when spent > 0 then now() else cost.settled_at end
  where id = cost.id;
  return jsonb_build_object('changes',
    count_in_windows(tenant, cost.budget_window_ids, spent, -cost.uncertain_micros, 0, 'reconciled'));
end $$;
