-- Pipelines get statuses, contacts a place in them, a timeline, notes and lists.

alter table pipelines add column description text;
create unique index pipelines_name_key on pipelines (tenant_id, lower(name)) where deleted_at is null;

create table pipeline_statuses (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  pipeline_id uuid not null,
  name text not null,
  type text not null check (type in ('open', 'active', 'closed')),
  color text not null default '#64748B',
  position integer not null default 0,
  is_active boolean not null default true,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  unique (tenant_id, id),
  -- for the foreign key of a contact's stage: a status of this pipeline and no other
  unique (tenant_id, pipeline_id, id),
  foreign key (tenant_id, pipeline_id) references pipelines (tenant_id, id)
);
create unique index pipeline_statuses_name_key on pipeline_statuses (tenant_id, pipeline_id, lower(name))
  where deleted_at is null;
select enable_tenant_isolation('pipeline_statuses');

-- One row for every stay in a status; the open one is where the contact is.
create table contact_stages (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  contact_id uuid not null,
  pipeline_id uuid not null,
  status_id uuid not null,
  reason text,
  notes text,
  changed_by jsonb not null default '{}',
  entered_at timestamptz not null default now(),
  exited_at timestamptz,
  foreign key (tenant_id, contact_id) references contacts (tenant_id, id),
  foreign key (tenant_id, pipeline_id) references pipelines (tenant_id, id),
  foreign key (tenant_id, pipeline_id, status_id) references pipeline_statuses (tenant_id, pipeline_id, id)
);
create unique index contact_stages_open_key on contact_stages (tenant_id, contact_id, pipeline_id) where exited_at is null;
create index contact_stages_contact_idx on contact_stages (tenant_id, contact_id, entered_at desc);
create index contact_stages_status_idx on contact_stages (tenant_id, pipeline_id, status_id, entered_at);
select enable_tenant_isolation('contact_stages');

-- The lines of a contact's timeline. Not domain events: those are in the outbox.
create table contact_events (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  contact_id uuid not null,
  session_id uuid,
  category text not null check (category in ('general', 'status', 'pipeline', 'assignment', 'tag', 'note', 'session',
    'custom_field', 'system', 'notification', 'tracking', 'interaction', 'milestone', 'issue', 'purchase', 'engagement')),
  event_type text not null,
  title text not null,
  payload jsonb not null default '{}',
  priority text not null default 'normal' check (priority in ('low', 'normal', 'high', 'urgent')),
  source text not null check (source in ('system', 'agent', 'webhook', 'workflow', 'automation', 'integration', 'user')),
  visible_to_client boolean not null default false,
  occurred_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  foreign key (tenant_id, contact_id) references contacts (tenant_id, id),
  foreign key (tenant_id, session_id) references sessions (tenant_id, id)
);
create index contact_events_contact_idx on contact_events (tenant_id, contact_id, id desc);
create index contact_events_type_idx on contact_events (tenant_id, contact_id, event_type);
select enable_tenant_isolation('contact_events');

create table notes (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  contact_id uuid not null,
  session_id uuid,
  type text not null default 'general' check (type in ('general', 'follow_up', 'complaint', 'resolution', 'escalation',
    'internal', 'customer', 'session_summary', 'session_handoff', 'session_feedback', 'ad_conversion', 'ad_campaign',
    'ad_attribution', 'tracking_insight')),
  content text not null check (char_length(content) between 1 and 20000),
  priority text not null default 'normal' check (priority in ('low', 'normal', 'high', 'urgent')),
  author_type text not null check (author_type in ('agent', 'system', 'user')),
  author_id uuid,
  visible_to_client boolean not null default false,
  is_pinned boolean not null default false,
  tags text[] not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  search tsvector generated always as (to_tsvector('pt_br', content)) stored,
  unique (tenant_id, id),
  foreign key (tenant_id, contact_id) references contacts (tenant_id, id),
  foreign key (tenant_id, session_id) references sessions (tenant_id, id)
);
create index notes_contact_idx on notes (tenant_id, contact_id, id desc);
create index notes_search_idx on notes using gin (search);
select enable_tenant_isolation('notes');

create table contact_lists (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  name text not null,
  description text,
  operator text not null default 'AND' check (operator in ('AND', 'OR')),
  -- a static list holds whom one put into it, any other whom its rules find
  is_static boolean not null default false,
  rules jsonb not null default '[]',
  contact_count integer not null default 0,
  last_calculated_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  unique (tenant_id, id)
);
create unique index contact_lists_name_key on contact_lists (tenant_id, lower(name)) where deleted_at is null;
select enable_tenant_isolation('contact_lists');

create table contact_list_members (
  tenant_id uuid not null references projects (id),
  list_id uuid not null,
  contact_id uuid not null,
  added_at timestamptz not null default now(),
  primary key (tenant_id, list_id, contact_id),
  foreign key (tenant_id, list_id) references contact_lists (tenant_id, id),
  foreign key (tenant_id, contact_id) references contacts (tenant_id, id)
);
create index contact_list_members_contact_idx on contact_list_members (tenant_id, contact_id);
select enable_tenant_isolation('contact_list_members');

-- Lead qualification: what the last assessment said.
alter table contacts add column lead_status text not null default 'unknown'
  check (lead_status in ('unknown', 'qualified', 'unqualified'));
alter table contacts add column lead_score integer check (lead_score between 0 and 100);
alter table contacts add column lead_details jsonb not null default '{}';
alter table contacts add column lead_qualified_at timestamptz;
