-- Prepared: planned once a connection.
-- $1 tenant, $2 contact
select 1 from contacts where tenant_id = $1::uuid and id = $2::uuid and deleted_at is null
