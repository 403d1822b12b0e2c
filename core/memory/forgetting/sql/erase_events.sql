-- $1 tenant, $2 contact
delete from contact_events where tenant_id = $1::uuid and contact_id = $2::uuid
