-- Of what is queued, what nothing that is kept names or is cut into. $1 tenant
delete from media_files f using media_deletions d
where d.tenant_id = $1::uuid and f.tenant_id = d.tenant_id and f.sha256 = d.sha256
  and not media_is_used(f.tenant_id, f.id)
