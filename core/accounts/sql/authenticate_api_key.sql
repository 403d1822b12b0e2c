-- Prepared: planned once a connection.
-- $1 SHA-256 of the key in hex
select k.id as "keyId",
       k.tenant_id as "tenantId",
       k.user_id as "userId",
       k.scopes as "scopes",
       (k.last_used_at is null or k.last_used_at < now() - interval '1 minute') as "lastUseIsOld"
from api_keys k
join projects p on p.id = k.tenant_id
where k.key_hash = $1
  and k.revoked_at is null
  and p.is_active
  and p.deleted_at is null
