-- $1 new id, $2 tenant, $3 channel or null, $4 settings
insert into media_settings (id, tenant_id, channel_id, settings)
values ($1::uuid, $2::uuid, $3::uuid, $4::jsonb)
on conflict (tenant_id, channel_id) do update
set settings = excluded.settings, version = media_settings.version + 1, updated_at = now()
