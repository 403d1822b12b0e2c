-- Prepared: planned once a connection.
-- $1 tenant, $2 turn, $3 step, $4 call, $5 status, $6 output, $7 error code, $8 rule that refused it or null, $9 its reason
update decision_steps
set status = $5, output = $6::jsonb, error_code = $7, rule = coalesce($8, rule),
  rule_reason = case when $8 is null then rule_reason else $9 end, finished_at = clock_timestamp()
where tenant_id = $1::uuid and group_id = $2::uuid and step = $3::int and call_id = $4 and status = 'requested'
