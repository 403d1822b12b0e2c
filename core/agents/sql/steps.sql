-- Prepared: planned once a connection.
-- $1 tenant, $2 turn
select step, kind, call_id as "callId", tool, input, output, status, error_code as "errorCode", rule
from decision_steps
where tenant_id = $1::uuid and group_id = $2::uuid
order by step, id
