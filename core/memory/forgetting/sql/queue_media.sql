-- The files that only this contact's messages and readings use, with what was cut from them. $1 tenant, $2 contact
with named as (
  select media_id as id from messages where tenant_id = $1::uuid and contact_id = $2::uuid and media_id is not null
  union
  select media_id from message_enrichments where tenant_id = $1::uuid and contact_id = $2::uuid and media_id is not null
), own as (
  select n.id from named n
  where not exists (
      select from messages m where m.tenant_id = $1::uuid and m.media_id = n.id and m.contact_id <> $2::uuid)
    and not exists (
      select from message_enrichments e
      where e.tenant_id = $1::uuid and e.media_id = n.id and e.contact_id is distinct from $2::uuid)
    and not exists (select from knowledge_documents k where k.tenant_id = $1::uuid and k.media_id = n.id)
), released as (
  select id from own
  union
  select p.media_id from own join media_parts p on p.tenant_id = $1::uuid and p.source_id = own.id
)
insert into media_deletions (tenant_id, sha256)
select f.tenant_id, f.sha256 from released r join media_files f on f.tenant_id = $1::uuid and f.id = r.id
on conflict do nothing
