-- $1 tenant, $2 contact
insert into memory_contacts as known (tenant_id, contact_id, forgotten_until) values ($1::uuid, $2::uuid, now())
on conflict (tenant_id, contact_id) do update
set forgotten_until = now(), speakers = '{}', version = known.version + 1
