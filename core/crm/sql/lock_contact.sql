-- $1 tenant, $2 contact
select id from contacts where tenant_id = $1::uuid and id = $2::uuid for update
