-- The files that only this contact's messages and readings use. $1 tenant, $2 contact
with used as (
  select media_id as id from messages where tenant_id = $1::uuid and contact_id = $2::uuid and media_id is not null
  union
  select media_id from message_enrichments where tenant_id = $1::uuid and contact_id = $2::uuid and media_id is not null
)
insert into media_deletions (tenant_id, sha256)
select f.tenant_id, f.sha256
from used
join media_files f on f.tenant_id = $1::uuid and f.id = used.id
where not exists (
    select from messages m where m.tenant_id = f.tenant_id and m.media_id = f.id and m.contact_id <> $2::uuid)
  and not exists (
    select from message_enrichments e
    where e.tenant_id = f.tenant_id and e.media_id = f.id and e.contact_id is distinct from $2::uuid)
  and not exists (select from knowledge_documents k where k.tenant_id = f.tenant_id and k.media_id = f.id)
on conflict do nothing
