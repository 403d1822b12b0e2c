-- Prepared: planned once a connection.
-- $1 tenant, $2 turn, $3 what the model is shown of memory
update decision_records set context = $3::jsonb where tenant_id = $1::uuid and group_id = $2::uuid
