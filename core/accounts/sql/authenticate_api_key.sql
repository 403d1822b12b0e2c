-- Prepared: planned once a connection.
-- $1 SHA-256 of the key in hex. Whose account it is, is its administrator, with or without a row.
select k.id as "keyId",
       k.tenant_id as "tenantId",
       k.user_id as "userId",
       k.scopes as "scopes",
       case when b.user_id = k.user_id then 'admin' else m.role end as "role",
       (k.last_used_at is null or k.last_used_at < now() - interval '1 minute') as "lastUseIsOld"
from api_keys k
join projects p on p.id = k.tenant_id
join billing_accounts b on b.id = p.billing_account_id
left join project_members m on m.tenant_id = k.tenant_id and m.user_id = k.user_id
where k.key_hash = $1
  and k.revoked_at is null
  and p.is_active
  and p.deleted_at is null
  and (m.role is not null or b.user_id = k.user_id)
