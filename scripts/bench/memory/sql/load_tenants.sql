-- So many more tenants with a contact and twenty documents each. $1 tenants
with made as materialized (
  select gen_random_uuid() as tenant_id, gen_random_uuid() as contact_id from generate_series(1, $1::int)
),
made_projects as (
  insert into projects (id, billing_account_id, name)
  select tenant_id, (select billing_account_id from projects limit 1), 'Projeto' from made
),
made_contacts as (
  insert into contacts (id, tenant_id, name) select contact_id, tenant_id, 'Cliente' from made
)
insert into memory_index (tenant_id, id, kind, source, source_id, contact_id, type, from_me, occurred_at, length, search)
select m.tenant_id, d.id, 'message', 'message', d.id, m.contact_id, 'text', false, now(), d.length, d.search
from made m cross join (select gen_random_uuid() as id, length, search from memory_index limit 20) d
