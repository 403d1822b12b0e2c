-- $1 tenant, $2 contact, $3 the name it had, $4 the name it gives itself. A name that a person chose stays.
update contacts
set name = $4, updated_at = now(), version = version + 1
where tenant_id = $1::uuid and id = $2::uuid and name = $3
