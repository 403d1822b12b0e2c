-- Prepared: planned once a connection.
-- Whether the contact and session asked for are the tenant's, whether anything changed since a cached answer, and whose
-- names a question may mention. $1 tenant, $2 contact or null, $3 session or null
select
  ($2::uuid is null or c.id is not null)
    and ($3::uuid is null or exists (select 1 from sessions s where s.tenant_id = $1::uuid and s.id = $3::uuid
      and s.deleted_at is null and ($2::uuid is null or s.contact_id = $2::uuid))) as "exists",
  coalesce(k.version, 0)::text as version,
  c.name as "contactName",
  coalesce(k.speakers, '{}') as speakers,
  coalesce(c.timezone, p.timezone) as timezone
from projects p
left join contacts c on c.tenant_id = p.id and c.id = $2::uuid and c.deleted_at is null
left join memory_contacts k on k.tenant_id = p.id and k.contact_id = $2::uuid
where p.id = $1::uuid
