-- Prepared: planned once a connection.
-- $1 tenant
select provider, model from memory_models where tenant_id = $1::uuid limit 1
