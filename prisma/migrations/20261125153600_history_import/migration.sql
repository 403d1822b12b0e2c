-- Histories that are brought along: what was asked for, how far it is, and what was refused.

create table memory_imports (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  kind text not null check (kind in ('jsonl', 'waha')),
  channel_id uuid not null,
  -- the stored file of a jsonl import
  sha256 text check (sha256 ~ '^[0-9a-f]{64}$'),
  size_bytes bigint not null default 0,
  options jsonb not null default '{}',
  status text not null default 'queued' check (status in ('queued', 'storing', 'embedding', 'completed', 'partial', 'failed')),
  -- where to go on after a stop: {offsetBytes, line} of a file, {chatOffset, chatId, messageOffset} of WAHA
  position jsonb not null default '{}',
  lines_read integer not null default 0,
  messages_stored integer not null default 0,
  -- known already, from an earlier import or from the channel itself
  messages_known integer not null default 0,
  lines_refused integer not null default 0,
  contacts_created integer not null default 0,
  sessions_created integer not null default 0,
  messages_embedded integer not null default 0,
  embedded_until uuid,
  -- the first refused lines: [{line, problem}]
  refusals jsonb not null default '[]',
  error_code text,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  unique (tenant_id, id),
  foreign key (tenant_id, channel_id) references channels (tenant_id, id)
);
create index memory_imports_tenant_idx on memory_imports (tenant_id, created_at desc, id desc);
select enable_tenant_isolation('memory_imports');

-- The name the importer gave a session, so that the same file twice is the same session.
alter table sessions add column import_key text;
create unique index sessions_import_key on sessions (tenant_id, contact_id, channel_id, import_key) where import_key is not null;

alter table messages add column import_id uuid;
create index messages_import_idx on messages (tenant_id, import_id, id) where import_id is not null;

-- One channel a tenant for histories that come from no channel of ours. Nothing is ever received or sent through it.
create unique index channels_history_key on channels (tenant_id) where external_id = 'history-import' and type = 'web_form';
