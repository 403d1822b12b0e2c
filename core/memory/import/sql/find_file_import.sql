-- The import that a file has from the last day with the same options. $1 tenant, $2 sha256, $3 options as JSON
select id::text as id
from memory_imports
where tenant_id = $1::uuid and sha256 = $2 and options = $3::jsonb and status <> 'failed'
  and created_at > now() - interval '1 day'
order by created_at desc, id desc
limit 1
