-- The contacts that are there already. $1 tenant, $2 wanted contacts as JSON [{no, id, ref, phone, lid}]
select wanted.no, coalesce(
  (select c.id from contacts c where c.tenant_id = $1::uuid and c.id = wanted.id and c.deleted_at is null),
  (select c.id from contacts c where c.tenant_id = $1::uuid and c.external_id = wanted.ref and c.deleted_at is null),
  (select c.id from contacts c where c.tenant_id = $1::uuid and c.phone = wanted.phone and c.deleted_at is null),
  (select c.id from contact_identities i join contacts c on c.tenant_id = i.tenant_id and c.id = i.contact_id
    where i.tenant_id = $1::uuid and i.kind = 'waha_wid' and i.value = substr(wanted.phone, 2) and c.deleted_at is null),
  (select c.id from contact_identities i join contacts c on c.tenant_id = i.tenant_id and c.id = i.contact_id
    where i.tenant_id = $1::uuid and i.kind = 'waha_lid' and i.value = wanted.lid and c.deleted_at is null)
)::text as id
from jsonb_to_recordset($2::jsonb) as wanted (no int, id uuid, ref text, phone text, lid text)
