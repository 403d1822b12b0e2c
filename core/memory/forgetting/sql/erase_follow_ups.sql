-- $1 tenant, $2 contact
delete from follow_ups where tenant_id = $1::uuid and contact_id = $2::uuid
