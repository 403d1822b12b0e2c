-- $1 tenant, $2 id and $3 webhook id of a new one
with made as (
  insert into channels (id, tenant_id, name, type, status, external_id, webhook_id, webhook_secret_encrypted, base_url,
    api_key_encrypted, ai_enabled, ai_agents_enabled, is_enabled)
  values ($2::uuid, $1::uuid, 'Histórico importado', 'web_form', 'inactive', 'history-import', $3::uuid, '', '', '',
    false, false, false)
  on conflict (tenant_id) where external_id = 'history-import' and type = 'web_form'
  -- Changes nothing, and returns the row that is there.
  do update set external_id = excluded.external_id
  returning id
)
select id::text as id from made
