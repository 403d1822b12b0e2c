-- Prepared: planned once a connection.
-- $1 tenant, $2 turn, $3 step, $4 call. A second attempt waits here until the first has ended, and then finds it done.
select id from decision_steps
where tenant_id = $1::uuid and group_id = $2::uuid and step = $3::int and call_id = $4 and status = 'requested'
for update
