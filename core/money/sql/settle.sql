-- Prepared: planned once a connection.
-- $1 tenant, $2 activity key, $3 try, $4 spent micros, $5 micros that may have been spent (null: none after all, not even
-- by the tries before), $6 usage or null, $7 model that answered or null, $8 request ids of the answer, $9 metadata of events
select tell_of_budgets($1::uuid, settle_cost($1::uuid, $2, $3::integer, $4::bigint, $5::bigint, $6::jsonb, $7, $8::text[]),
  $9::jsonb) as result
