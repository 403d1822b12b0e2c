-- Lets go of old media and of what was cut from them; what nobody refers to then is deleted. $1 tenant, $2 days, $3 most messages
with old as (
  select id, media_id from messages
  where tenant_id = $1::uuid and media_id is not null and sent_at < now() - make_interval(days => $2::int)
  limit $3::int
), queued as (
  insert into media_deletions (tenant_id, sha256)
  select f.tenant_id, f.sha256 from media_files f
  where f.tenant_id = $1::uuid and f.id in (
    select media_id from old
    union
    select p.media_id from media_parts p where p.tenant_id = $1::uuid and p.source_id in (select media_id from old))
  on conflict do nothing
), readings as (
  update message_enrichments e set media_id = null, media_url = null, file_name = null
  from old where e.tenant_id = $1::uuid and e.message_id = old.id
)
update messages m set media_id = null, media_url = null, media_filename = null
from old where m.tenant_id = $1::uuid and m.id = old.id
