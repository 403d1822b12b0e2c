-- $1 tenant, $2 contact
delete from retention_offers where tenant_id = $1::uuid and contact_id = $2::uuid
