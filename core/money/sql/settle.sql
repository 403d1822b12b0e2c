-- Prepared: planned once a connection.
-- $1 tenant, $2 activity key, $3 cost micros of this call, $4 usage, $5 model that answered
update ai_costs
set status = 'settled', cost_micros = cost_micros + $3::bigint, usage = $4::jsonb, model = $5, settled_at = now()
where tenant_id = $1::uuid and activity_key = $2
