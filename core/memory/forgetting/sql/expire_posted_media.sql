-- The same for media that were posted without a message, but for the company's own documents. $1 tenant, $2 days, $3 most readings
with old as (
  select id, media_id from message_enrichments e
  where tenant_id = $1::uuid and message_id is null and (media_id is not null or media_url is not null)
    and status in ('completed', 'failed') and created_at < now() - make_interval(days => $2::int)
    and not exists (select from knowledge_documents k where k.tenant_id = e.tenant_id and k.enrichment_id = e.id)
  limit $3::int
), queued as (
  insert into media_deletions (tenant_id, sha256)
  select f.tenant_id, f.sha256 from media_files f
  where f.tenant_id = $1::uuid and f.id in (
    select media_id from old
    union
    select p.media_id from media_parts p where p.tenant_id = $1::uuid and p.source_id in (select media_id from old))
  on conflict do nothing
)
update message_enrichments e set media_id = null, media_url = null, file_name = null
from old where e.tenant_id = $1::uuid and e.id = old.id
