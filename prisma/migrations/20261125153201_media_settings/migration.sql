-- How media are read: which kinds, by whom, in which order of work. The row without a channel holds for the whole project,
-- a channel's own row wins over it, field by field. What neither says is the default of the product.
create table media_settings (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  channel_id uuid,
  -- {voice: {enabled, priority, debounceMs, maxMb, chain}, …}; see core/enrichment/media-settings.ts
  settings jsonb not null default '{}',
  version integer not null default 1,
  updated_at timestamptz not null default now(),
  foreign key (tenant_id, channel_id) references channels (tenant_id, id)
);
create unique index media_settings_key on media_settings (tenant_id, channel_id) nulls not distinct;
select enable_tenant_isolation('media_settings');
