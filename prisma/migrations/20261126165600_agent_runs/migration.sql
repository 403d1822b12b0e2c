-- An agent that works for the company's own people, asked by one of them, by a program, or by another agent.
create table agent_runs (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  agent_id uuid not null,
  agent text not null,
  agent_version_id uuid,
  -- whom it is about; null: the company as a whole
  contact_id uuid,
  -- the run that asked, and its call; null when a person or program did
  parent_run_id uuid,
  parent_call_id text,
  depth integer not null default 0 check (depth between 0 and 2),
  via text not null check (via in ('rest', 'mcp', 'grpc', 'agent')),
  user_id uuid,
  api_key_id uuid,
  -- its tools may do what whoever asked may do
  scopes text[] not null,
  tools_offered text[] not null,
  question text not null,
  -- what the models said, one entry a call and in order
  answers jsonb not null default '[]',
  -- {call: {output} or {error, code, rule}}
  results jsonb not null default '{}',
  -- shared with the agents it asks
  model_calls_left integer not null check (model_calls_left >= 0),
  provider text,
  model text,
  status text not null default 'queued' check (status in ('queued', 'running', 'done', 'failed')),
  answer text,
  error_code text,
  flags text[] not null default '{}',
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  unique (tenant_id, id),
  check ((parent_run_id is null) = (parent_call_id is null)),
  foreign key (tenant_id, agent_id) references agents (tenant_id, id),
  foreign key (tenant_id, agent_version_id) references agent_versions (tenant_id, id),
  foreign key (tenant_id, contact_id) references contacts (tenant_id, id),
  foreign key (tenant_id, parent_run_id) references agent_runs (tenant_id, id)
);
create unique index agent_runs_call on agent_runs (tenant_id, parent_run_id, parent_call_id) where parent_run_id is not null;
create index agent_runs_tenant_idx on agent_runs (tenant_id, id desc);
create index agent_runs_contact_idx on agent_runs (tenant_id, contact_id) where contact_id is not null;
select enable_tenant_isolation('agent_runs');
