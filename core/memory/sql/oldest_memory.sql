-- Prepared: planned once a connection.
-- $1 tenant, $2 contact
select min(occurred_at) as at from memory_index where tenant_id = $1::uuid and contact_id = $2::uuid
