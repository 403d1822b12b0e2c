-- $1 tenant, $2 contact
delete from memory_fact_changes where tenant_id = $1::uuid and contact_id = $2::uuid
