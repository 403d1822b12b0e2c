-- $1 tenant, $2 contact
delete from memory_facts where tenant_id = $1::uuid and contact_id = $2::uuid
