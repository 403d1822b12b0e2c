-- Prepared: planned once a connection.
-- $1 tenant, $2 turn, $3 step, $4 call. The calls of a turn as the rules look at them, and the input of one.
select id, step, call_id as "callId", tool, status, error_code as "errorCode", rule,
  case when step = $3::int and call_id = $4 then input end as input
from decision_steps
where tenant_id = $1::uuid and group_id = $2::uuid and kind = 'tool'
order by step, id
