-- Messages that are sent at their time, unless something came between.
create table follow_ups (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  contact_id uuid not null,
  channel_id uuid not null,
  text text not null check (char_length(text) between 1 and 4096),
  scheduled_at timestamptz not null,
  status text not null default 'scheduled' check (status in ('scheduled', 'sent', 'cancelled', 'skipped', 'failed')),
  -- why it was not sent
  reason text,
  message_id uuid,
  created_by jsonb not null default '{}',
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (tenant_id, id),
  check ((status = 'sent') = (message_id is not null)),
  foreign key (tenant_id, contact_id) references contacts (tenant_id, id),
  foreign key (tenant_id, channel_id) references channels (tenant_id, id)
);
create index follow_ups_contact_idx on follow_ups (tenant_id, contact_id, id desc);
select enable_tenant_isolation('follow_ups');
