-- Extensions, roles, tenancy helpers, and the tables above and around a tenant.

create extension if not exists vector;
create extension if not exists pg_trgm;
create extension if not exists unaccent;

-- Customers drop accents; the stock configuration then misses "orcamento" for "orçamento".
create text search configuration pt_br (copy = portuguese);
alter text search configuration pt_br
  alter mapping for asciiword, asciihword, hword_asciipart, word, hword, hword_part
  with unaccent, portuguese_stem;

-- ventros_app does the work of one tenant; ventros_system sees only the few tables that must be read before
-- the tenant is known (API keys, channels by webhook, the outbox). Neither owns a table nor bypasses row security.
do $$
begin
  create role ventros_app nologin;
exception when duplicate_object or unique_violation then null;
end $$;
do $$
begin
  create role ventros_system nologin;
exception when duplicate_object or unique_violation then null;
end $$;
do $$
begin
  execute format('grant ventros_app, ventros_system to %I', current_user);
exception when unique_violation or sqlstate '0LP01' then null;
end $$;
grant usage on schema public to ventros_app, ventros_system;

-- Unset or empty means null, and null matches no row.
create function current_tenant_id() returns uuid
language sql stable as
$$ select nullif(current_setting('app.tenant_id', true), '')::uuid $$;

create function enable_tenant_isolation(target regclass) returns void
language plpgsql as $$
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format(
    'create policy tenant_isolation on %s to ventros_app using (tenant_id = current_tenant_id()) with check (tenant_id = current_tenant_id())',
    target);
  execute format('grant select, insert, update, delete on %s to ventros_app', target);
end $$;

create function grant_system_access(target regclass) returns void
language plpgsql as $$
begin
  execute format('create policy system_access on %s to ventros_system using (true) with check (true)', target);
  execute format('grant select, insert, update, delete on %s to ventros_system', target);
end $$;

create table users (
  id uuid primary key,
  name text not null,
  email text not null,
  password_hash text not null,
  role text not null default 'admin' check (role in ('admin', 'manager', 'user', 'readonly')),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz
);
create unique index users_email_key on users (lower(email)) where deleted_at is null;

create table billing_accounts (
  id uuid primary key,
  user_id uuid not null references users (id),
  name text not null,
  status text not null default 'pending' check (status in ('pending', 'active', 'suspended', 'canceled')),
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

-- A project is a tenant: its id is every other table's tenant_id.
create table projects (
  id uuid primary key,
  billing_account_id uuid not null references billing_accounts (id),
  name text not null,
  language text not null default 'pt-BR',
  timezone text not null default 'America/Sao_Paulo',
  session_timeout_minutes integer not null default 30 check (session_timeout_minutes between 1 and 1440),
  is_active boolean not null default true,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz
);
alter table projects enable row level security;
alter table projects force row level security;
create policy tenant_isolation on projects to ventros_app
  using (id = current_tenant_id()) with check (id = current_tenant_id());
grant select, update on projects to ventros_app;
grant select, insert, update on users, billing_accounts to ventros_system;
select grant_system_access('projects');

create table api_keys (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  user_id uuid not null references users (id),
  name text not null,
  prefix text not null,
  key_hash text not null unique,
  scopes text[] not null,
  last_used_at timestamptz,
  revoked_at timestamptz,
  created_at timestamptz not null default now()
);
create index api_keys_tenant_idx on api_keys (tenant_id, created_at);
select enable_tenant_isolation('api_keys');
select grant_system_access('api_keys');

create table pipelines (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  name text not null,
  color text not null default '#3B82F6',
  position integer not null default 0,
  is_active boolean not null default true,
  session_timeout_minutes integer check (session_timeout_minutes between 1 and 1440),
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  unique (tenant_id, id)
);
select enable_tenant_isolation('pipelines');

-- System agents have fixed ids that are the same in every tenant, hence the composite key.
create table agents (
  tenant_id uuid not null references projects (id),
  id uuid not null,
  user_id uuid references users (id),
  name text not null,
  type text not null check (type in ('human', 'ai', 'bot', 'channel', 'virtual', 'system')),
  role text not null check (role in ('human_agent', 'supervisor', 'admin', 'ai_agent', 'ai_assistant', 'channel_bot',
    'workflow_bot', 'analytics_bot', 'summarizer_bot')),
  status text not null default 'available' check (status in ('available', 'busy', 'away', 'offline')),
  is_active boolean not null default true,
  config jsonb not null default '{}',
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  primary key (tenant_id, id)
);
select enable_tenant_isolation('agents');

create table outbox_events (
  sequence bigint generated always as identity primary key,
  event_id uuid not null unique,
  tenant_id uuid not null references projects (id),
  aggregate_type text not null,
  aggregate_id uuid not null,
  event_type text not null,
  event_version text not null default 'v1',
  event_data jsonb not null,
  metadata jsonb not null default '{}',
  category text not null default 'domain_event'
    check (category in ('domain_event', 'message_delivery', 'webhook', 'meta_conversion', 'google_ads')),
  status text not null default 'pending' check (status in ('pending', 'processing', 'processed', 'failed')),
  retry_count integer not null default 0,
  last_error text,
  available_at timestamptz not null default now(),
  claimed_at timestamptz,
  processed_at timestamptz,
  created_at timestamptz not null default now()
);
create index outbox_events_open_idx on outbox_events (aggregate_id, sequence) where status in ('pending', 'processing');
create index outbox_events_claim_idx on outbox_events (sequence) where status in ('pending', 'processing');
create index outbox_events_tenant_idx on outbox_events (tenant_id, sequence);
select enable_tenant_isolation('outbox_events');
select grant_system_access('outbox_events');

create table idempotency_keys (
  tenant_id uuid not null references projects (id),
  key text not null,
  route text not null,
  body_hash text not null,
  response_status integer,
  response_body jsonb,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  primary key (tenant_id, route, key)
);
select enable_tenant_isolation('idempotency_keys');
