-- The file of a document, which goes unless something else uses it. $1 tenant, $2 document
insert into media_deletions (tenant_id, sha256)
select f.tenant_id, f.sha256
from knowledge_documents k
join media_files f on f.tenant_id = k.tenant_id and f.id = k.media_id
where k.tenant_id = $1::uuid and k.id = $2::uuid
on conflict do nothing
