-- Contacts nobody has seen before. One that somebody else made meanwhile is left out: look again.
-- $1 tenant, $2 JSON [{id, ref, phone, name, email, seen_at}]
insert into contacts (id, tenant_id, name, phone, email, external_id, source_channel, language, timezone, tags,
  first_interaction_at, last_interaction_at)
select r.id, $1::uuid, coalesce(r.name, r.phone, r.ref, r.lid), r.phone,
  -- An e-mail address that another contact has stays with that one.
  case when exists (select from contacts c where c.tenant_id = $1::uuid and lower(c.email) = lower(r.email)
    and c.deleted_at is null) then null else lower(r.email) end,
  r.ref, 'import', p.language, p.timezone, '{}', r.seen_at, r.seen_at
from jsonb_to_recordset($2::jsonb) as r (id uuid, ref text, phone text, lid text, name text, email text, seen_at timestamptz)
join projects p on p.id = $1::uuid
order by r.id
on conflict do nothing
returning id::text as id
