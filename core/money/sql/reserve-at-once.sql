-- Prepared: planned once a connection.
-- As reserve.sql, for a transaction of this statement alone: it fails with VT001 when there are changes to tell of.
select nothing_to_tell(reserve_cost($1::uuid, $2::uuid, $3, $4, $5, $6::boolean, $7, $8::bigint, $9::date, $10, $11::bigint, $12::date,
  $13::uuid, $14::uuid, $15::uuid, $16::uuid, $17::uuid, $18::uuid, $19::integer)) as result
