-- Prepared: planned once a connection.
-- $1 webhook id. Read before the tenant is known, hence by the system role.
select id, tenant_id, type, external_id, webhook_secret_encrypted
from channels
where webhook_id = $1::uuid and deleted_at is null
