-- Prepared: planned once a connection.
-- $1 tenant, $2 key. What authenticate_api_key.sql says of it, for a tenant, who sees no accounts; the account's owner has a row
-- as every member has, and nobody else may do anything.
select k.scopes as "scopes", m.role as "role"
from api_keys k
join projects p on p.id = k.tenant_id
join project_members m on m.tenant_id = k.tenant_id and m.user_id = k.user_id
where k.tenant_id = $1::uuid
  and k.id = $2::uuid
  and k.revoked_at is null
  and p.is_active
  and p.deleted_at is null
