-- Prepared: planned once a connection.
-- $1 tenant, $2 contact
select shown_custom_fields(tenant_id, custom_fields) as "customFields" from contacts where tenant_id = $1::uuid and id = $2::uuid
