-- $1 tenant, $2 row of the ledger, $3 micros that its lost answers came to, $4 their usage or null, $5 their request ids,
-- $6 metadata of events
select tell_of_budgets($1::uuid, reconcile_cost($1::uuid, $2::uuid, $3::bigint, $4::jsonb, $5::text[]), $6::jsonb) as result
