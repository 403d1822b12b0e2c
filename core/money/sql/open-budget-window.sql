-- $1 tenant, $2 budget. Alone with the budgets of the tenant until the transaction ends.
select open_budget_window($1::uuid, $2::uuid) as change
from (select pg_advisory_xact_lock(budget_lock($1::uuid)) as taken) lock
