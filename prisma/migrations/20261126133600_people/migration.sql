-- People who answer: what they can do, who has which conversation, and what happens when nobody answers.
alter table agents
  add column email text,
  add column skills text[] not null default '{}',
  add column languages text[] not null default '{}',
  add column priority smallint not null default 50 check (priority between 0 and 100),
  -- ten conversations at once is what one person can answer
  add column max_sessions smallint not null default 10 check (max_sessions between 1 and 10),
  -- for taking turns
  add column last_assigned_at timestamptz;
create unique index agents_email on agents (tenant_id, email) where email is not null and deleted_at is null;

alter table conversations
  add column assigned_agent_id uuid,
  -- how often an unanswered hand-over was escalated since the handler changed
  add column escalations smallint not null default 0,
  add foreign key (tenant_id, assigned_agent_id) references agents (tenant_id, id);
create index conversations_assigned_idx on conversations (tenant_id, assigned_agent_id)
  where assigned_agent_id is not null;

-- Who was in which session, and since when.
create table agent_sessions (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  agent_id uuid not null,
  conversation_id uuid not null,
  -- null: assigned while no session was open
  session_id uuid,
  role text not null check (role in ('primary', 'support', 'observer', 'handoff', 'ai_assistant', 'ai_primary', 'bot')),
  source text not null check (source in ('manual', 'automatic', 'reassignment_inactivity', 'reassignment_no_response',
    'reassignment_workload', 'reassignment_manual', 'system')),
  joined_at timestamptz not null default now(),
  left_at timestamptz,
  unique (tenant_id, id),
  foreign key (tenant_id, agent_id) references agents (tenant_id, id),
  foreign key (tenant_id, conversation_id) references conversations (tenant_id, id),
  foreign key (tenant_id, session_id) references sessions (tenant_id, id)
);
-- one person has a conversation, never two
create unique index agent_sessions_active on agent_sessions (tenant_id, conversation_id) where left_at is null;
create index agent_sessions_agent_idx on agent_sessions (tenant_id, agent_id, joined_at desc);
select enable_tenant_isolation('agent_sessions');

-- What a project wants of its people. Without a row the defaults of core/people/settings.ts hold.
create table people_settings (
  tenant_id uuid primary key references projects (id),
  strategy text not null check (strategy in ('manual', 'round_robin', 'least_sessions', 'score')),
  unanswered_minutes integer not null check (unanswered_minutes between 1 and 1440),
  unanswered_action text not null check (unanswered_action in ('reassign', 'supervisor', 'event')),
  max_reassignments smallint not null check (max_reassignments between 1 and 10),
  double_text text not null check (double_text in ('enqueue', 'coalesce', 'interrupt', 'reject')),
  version integer not null default 1,
  updated_at timestamptz not null default now()
);
select enable_tenant_isolation('people_settings');

-- A turn that the customer's next message interrupted.
alter table decision_records drop constraint decision_records_outcome_check;
alter table decision_records add constraint decision_records_outcome_check
  check (outcome in ('replied', 'handed_over', 'silenced', 'failed', 'interrupted'));
