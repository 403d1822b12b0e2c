-- Prepared: planned once a connection.
-- $1 tenant, $2 contact, $3 kinds, $4 values. An identity stays with the contact that has it, unless that one was deleted.
insert into contact_identities (tenant_id, kind, value, contact_id)
select $1::uuid, kind, value, $2::uuid
from unnest($3::text[], $4::text[]) as identity (kind, value)
on conflict (tenant_id, kind, value) do update
  set contact_id = excluded.contact_id
  where exists (
    select from contacts owner
    where owner.tenant_id = contact_identities.tenant_id and owner.id = contact_identities.contact_id
      and owner.deleted_at is not null
  )
