-- Prepared: planned once a connection.
-- $1 id, $2 tenant, $3 activity key, $4 provider, $5 operation, $6 is background work, $7 usual model, $8 its micros,
-- $9 its price as of, $10 cheaper model or null, $11 its micros, $12 its price as of, $13 contact, $14 conversation,
-- $15 enrichment, $16 turn, $17 agent, $18 campaign, $19 seconds to live, $20 metadata of events
select tell_of_budgets($2::uuid, reserve_cost($1::uuid, $2::uuid, $3, $4, $5, $6::boolean, $7, $8::bigint, $9::date,
  $10, $11::bigint, $12::date, $13::uuid, $14::uuid, $15::uuid, $16::uuid, $17::uuid, $18::uuid, $19::integer), $20::jsonb) as result
