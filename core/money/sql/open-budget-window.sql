-- $1 tenant, $2 budget, $3 metadata of events. Alone with the budgets of the tenant until the transaction ends.
select tell_of_budgets($1::uuid, jsonb_build_object('changes',
  case when change is null then '[]' else jsonb_build_array(change) end), $3::jsonb)
from (select open_budget_window($1::uuid, $2::uuid) as change
      from (select pg_advisory_xact_lock(budget_lock($1::uuid)) as taken) lock) opened
