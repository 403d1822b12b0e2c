-- The file of a document, unless something else uses it. $1 tenant, $2 document
insert into media_deletions (tenant_id, sha256)
select f.tenant_id, f.sha256
from knowledge_documents k
join media_files f on f.tenant_id = k.tenant_id and f.id = k.media_id
where k.tenant_id = $1::uuid and k.id = $2::uuid
  and not exists (select from messages m where m.tenant_id = f.tenant_id and m.media_id = f.id)
  and not exists (
    select from message_enrichments e
    where e.tenant_id = f.tenant_id and e.media_id = f.id and e.id is distinct from k.enrichment_id)
on conflict do nothing
