-- Channels, contacts, conversations, sessions, messages, and what a channel sent that could not be read.

create table channels (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  name text not null,
  type text not null check (type in ('waha', 'whatsapp_business', 'whatsapp', 'messenger', 'instagram', 'telegram',
    'wechat', 'twilio_sms', 'web_form')),
  status text not null default 'inactive'
    check (status in ('active', 'inactive', 'activating', 'connecting', 'disconnected', 'error')),
  -- WAHA session name
  external_id text not null,
  webhook_id uuid not null unique,
  webhook_secret_encrypted text not null,
  base_url text not null,
  api_key_encrypted text not null,
  pipeline_id uuid,
  session_timeout_minutes integer check (session_timeout_minutes between 1 and 1440),
  ai_enabled boolean not null default true,
  ai_agents_enabled boolean not null default true,
  allow_groups boolean not null default false,
  debounce_timeout_ms integer not null default 15000 check (debounce_timeout_ms between 0 and 300000),
  messages_received bigint not null default 0,
  messages_sent bigint not null default 0,
  last_message_at timestamptz,
  last_error text,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  unique (tenant_id, id),
  foreign key (tenant_id, pipeline_id) references pipelines (tenant_id, id)
);
create index channels_tenant_idx on channels (tenant_id, created_at);
select enable_tenant_isolation('channels');
select grant_system_access('channels');

create table contacts (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  name text not null,
  email text,
  -- digits with a leading +
  phone text,
  external_id text,
  source_channel text,
  language text not null default 'pt-BR',
  timezone text,
  tags text[] not null default '{}',
  custom_fields jsonb not null default '{}',
  profile_picture_url text,
  first_interaction_at timestamptz,
  last_interaction_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  search tsvector generated always as (to_tsvector('pt_br', coalesce(name, '') || ' ' || coalesce(email, ''))) stored,
  unique (tenant_id, id)
);
create unique index contacts_phone_key on contacts (tenant_id, phone) where phone is not null and deleted_at is null;
create unique index contacts_email_key on contacts (tenant_id, lower(email)) where email is not null and deleted_at is null;
create unique index contacts_external_id_key on contacts (tenant_id, external_id)
  where external_id is not null and deleted_at is null;
create index contacts_tenant_idx on contacts (tenant_id, created_at desc, id desc);
create index contacts_search_idx on contacts using gin (search);
select enable_tenant_isolation('contacts');

-- How a channel knows a contact: digits only, without the @domain.
create table contact_identities (
  tenant_id uuid not null references projects (id),
  kind text not null check (kind in ('waha_wid', 'waha_lid', 'waha_jid')),
  value text not null,
  contact_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, kind, value),
  foreign key (tenant_id, contact_id) references contacts (tenant_id, id)
);
create index contact_identities_contact_idx on contact_identities (tenant_id, contact_id);
select enable_tenant_isolation('contact_identities');

create table chats (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  channel_id uuid not null,
  type text not null check (type in ('individual', 'group', 'channel')),
  external_id text not null,
  subject text,
  status text not null default 'active' check (status in ('active', 'archived', 'closed')),
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  unique (tenant_id, id),
  unique (tenant_id, channel_id, external_id),
  foreign key (tenant_id, channel_id) references channels (tenant_id, id)
);
select enable_tenant_isolation('chats');

-- Who answers. handler_version is the fence: a reply written for an older version is refused.
create table conversations (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  channel_id uuid not null,
  contact_id uuid not null,
  -- where the channel delivers, for example 5511987654321@c.us
  external_chat_id text not null,
  handler text not null default 'ai' check (handler in ('ai', 'waiting', 'human')),
  handler_name text,
  handler_reason text,
  handler_version integer not null default 1,
  handler_changed_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (tenant_id, id),
  unique (tenant_id, channel_id, contact_id),
  foreign key (tenant_id, channel_id) references channels (tenant_id, id),
  foreign key (tenant_id, contact_id) references contacts (tenant_id, id)
);
create index conversations_contact_idx on conversations (tenant_id, contact_id);
create index conversations_tenant_idx on conversations (tenant_id, created_at desc, id desc);
select enable_tenant_isolation('conversations');

create table sessions (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  contact_id uuid not null,
  channel_id uuid not null,
  conversation_id uuid not null,
  -- set for a group: its messages never share a session with the private chat
  chat_id uuid,
  pipeline_id uuid,
  status text not null default 'active' check (status in ('active', 'ended', 'expired', 'manually_closed')),
  end_reason text check (end_reason in ('inactivity_timeout', 'manual_close', 'contact_request', 'agent_close',
    'system_close', 'saga_rollback')),
  timeout_minutes integer not null check (timeout_minutes between 1 and 1440),
  started_at timestamptz not null,
  ended_at timestamptz,
  last_activity_at timestamptz not null,
  message_count integer not null default 0,
  messages_from_contact integer not null default 0,
  messages_from_agent integer not null default 0,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  unique (tenant_id, id),
  foreign key (tenant_id, contact_id) references contacts (tenant_id, id),
  foreign key (tenant_id, channel_id) references channels (tenant_id, id),
  foreign key (tenant_id, conversation_id) references conversations (tenant_id, id),
  foreign key (tenant_id, chat_id) references chats (tenant_id, id)
);
create unique index sessions_active_key on sessions
  (tenant_id, conversation_id, coalesce(chat_id, '00000000-0000-0000-0000-000000000000'::uuid))
  where status = 'active' and deleted_at is null;
create index sessions_contact_idx on sessions (tenant_id, contact_id, started_at desc, id desc);
create index sessions_tenant_idx on sessions (tenant_id, started_at desc, id desc);
select enable_tenant_isolation('sessions');

create table media_files (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  size_bytes bigint not null,
  mime_type text not null,
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  unique (tenant_id, sha256)
);
select enable_tenant_isolation('media_files');

create table messages (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  channel_id uuid not null,
  contact_id uuid not null,
  conversation_id uuid not null,
  session_id uuid not null,
  chat_id uuid,
  from_me boolean not null,
  content_type text not null check (content_type in ('text', 'image', 'video', 'audio', 'voice', 'document', 'location',
    'contact', 'sticker', 'system')),
  text text check (char_length(text) <= 65536),
  media_id uuid,
  media_url text,
  media_mimetype text,
  media_filename text,
  channel_message_id text,
  reply_to_channel_message_id text,
  reply_to_id uuid,
  mentions text[] not null default '{}',
  status text not null check (status in ('queued', 'sending', 'sent', 'delivered', 'read', 'played', 'failed', 'cancelled')),
  failure_reason text,
  source text not null check (source in ('manual', 'broadcast', 'sequence', 'trigger', 'bot', 'system', 'webhook',
    'scheduled', 'test', 'history_import')),
  agent_id uuid not null,
  -- the turn this reply answers; at most one reply a turn
  group_id uuid,
  language text,
  metadata jsonb not null default '{}',
  sent_at timestamptz not null,
  delivered_at timestamptz,
  read_at timestamptz,
  played_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  search tsvector generated always as (to_tsvector('pt_br', coalesce(text, ''))) stored,
  unique (tenant_id, id),
  foreign key (tenant_id, channel_id) references channels (tenant_id, id),
  foreign key (tenant_id, contact_id) references contacts (tenant_id, id),
  foreign key (tenant_id, conversation_id) references conversations (tenant_id, id),
  foreign key (tenant_id, session_id) references sessions (tenant_id, id),
  foreign key (tenant_id, chat_id) references chats (tenant_id, id),
  foreign key (tenant_id, media_id) references media_files (tenant_id, id),
  foreign key (tenant_id, agent_id) references agents (tenant_id, id)
);
create unique index messages_channel_message_key on messages (channel_id, channel_message_id)
  where channel_message_id is not null and deleted_at is null;
create unique index messages_reply_key on messages (tenant_id, group_id) where group_id is not null and source = 'bot';
create index messages_conversation_idx on messages (tenant_id, conversation_id, sent_at desc, id desc);
create index messages_contact_idx on messages (tenant_id, contact_id, sent_at desc, id desc);
create index messages_session_idx on messages (tenant_id, session_id, sent_at, id);
create index messages_tenant_idx on messages (tenant_id, sent_at desc, id desc);
create index messages_search_idx on messages using gin (search);
select enable_tenant_isolation('messages');

create table dead_letters (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  channel_id uuid,
  source text not null check (source in ('channel_webhook')),
  error_code text not null,
  reason text not null,
  body text not null,
  created_at timestamptz not null default now(),
  replayed_at timestamptz,
  foreign key (tenant_id, channel_id) references channels (tenant_id, id)
);
create index dead_letters_tenant_idx on dead_letters (tenant_id, created_at desc, id desc);
select enable_tenant_isolation('dead_letters');
