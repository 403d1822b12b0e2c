-- $1 tenant, $2 contact. In the order in which others lock more than one of them.
with own as (
  select id from conversations where tenant_id = $1::uuid and contact_id = $2::uuid order by id for no key update
)
update conversations c
set handler_version = c.handler_version + 1, updated_at = now()
from own
where c.tenant_id = $1::uuid and c.id = own.id
returning c.id
