-- $1 tenant
delete from media_files f using media_deletions d
where d.tenant_id = $1::uuid and f.tenant_id = d.tenant_id and f.sha256 = d.sha256
  and not exists (select from messages m where m.tenant_id = f.tenant_id and m.media_id = f.id)
  and not exists (select from message_enrichments e where e.tenant_id = f.tenant_id and e.media_id = f.id)
  and not exists (select from knowledge_documents k where k.tenant_id = f.tenant_id and k.media_id = f.id)
