-- Facts have their own age, and the company's documents are no customer's. Counts up the versions of their contacts, so that no cached answer shows them. $1 tenant, $2 days, $3 most rows
with old as (
  select id, contact_id from memory_index
  where tenant_id = $1::uuid and kind <> 'fact' and type <> 'knowledge' and occurred_at < now() - make_interval(days => $2::int)
  limit $3::int
), touched as (
  update memory_contacts set version = version + 1
  where tenant_id = $1::uuid and contact_id in (select contact_id from old)
)
delete from memory_index i using old where i.tenant_id = $1::uuid and i.id = old.id
