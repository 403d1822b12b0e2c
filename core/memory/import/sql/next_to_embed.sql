-- The next messages of an import in the order of their ids. $1 tenant, $2 import, $3 how many
select m.id::text as id
from memory_imports i
join messages m on m.tenant_id = i.tenant_id and m.import_id = i.id
where i.tenant_id = $1::uuid and i.id = $2::uuid and (i.embedded_until is null or m.id > i.embedded_until)
  and m.deleted_at is null
order by m.id
limit $3::int
