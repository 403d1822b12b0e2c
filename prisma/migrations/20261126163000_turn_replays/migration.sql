-- The turns of a day, run again with other settings.
create table turn_replay_batches (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  -- in the time of the project
  day date not null,
  -- only turns that this agent answered
  agent_id uuid,
  changes jsonb not null default '{}',
  -- the last decision record that was taken up
  position uuid,
  status text not null default 'running' check (status in ('running', 'completed', 'failed')),
  error_code text,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  unique (tenant_id, id),
  foreign key (tenant_id, agent_id) references agents (tenant_id, id)
);
select enable_tenant_isolation('turn_replay_batches');

-- A past turn, run again from what its decision record holds. Nothing but these rows and the ledger knows of it.
create table turn_replays (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  decision_record_id uuid not null,
  batch_id uuid,
  -- {instructions?, modelChain?, agentVersionId?}
  changes jsonb not null default '{}',
  status text not null default 'running' check (status in ('running', 'completed', 'failed')),
  error_code text,
  -- {before, after, difference}
  result jsonb,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  unique (tenant_id, id),
  unique (tenant_id, batch_id, decision_record_id),
  foreign key (tenant_id, decision_record_id) references decision_records (tenant_id, id),
  foreign key (tenant_id, batch_id) references turn_replay_batches (tenant_id, id)
);
create index turn_replays_record_idx on turn_replays (tenant_id, decision_record_id);
select enable_tenant_isolation('turn_replays');

-- What the model answered and what its calls came to, as `decision_steps` for the turn itself.
create table turn_replay_steps (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  replay_id uuid not null,
  step integer not null,
  kind text not null check (kind in ('model', 'tool', 'check')),
  call_id text not null,
  tool text,
  input jsonb not null default '{}',
  output jsonb,
  status text not null check (status in ('requested', 'done', 'failed', 'refused', 'needs_approval')),
  rule text,
  -- where a call's output comes from
  source text check (source in ('record', 'read', 'dry_run')),
  created_at timestamptz not null default now(),
  unique (tenant_id, replay_id, step, call_id),
  foreign key (tenant_id, replay_id) references turn_replays (tenant_id, id) on delete cascade
);
select enable_tenant_isolation('turn_replay_steps');
