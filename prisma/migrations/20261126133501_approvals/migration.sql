-- A call of an agent that waits for a person. What it would do is on its step; here is who decided what, and why.
create table approvals (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  conversation_id uuid not null,
  group_id uuid not null,
  step integer not null,
  call_id text not null,
  tool text not null,
  rule text not null,
  rule_reason text not null,
  -- as the agent wrote it; what runs after an edit is on the step
  input jsonb not null default '{}',
  status text not null default 'pending'
    check (status in ('pending', 'approved', 'edited', 'rejected', 'responded', 'expired')),
  -- what happens when nobody decides in time; as the tenant had it set when the call was made
  on_expiry text not null check (on_expiry in ('reject', 'approve', 'escalate')),
  expires_at timestamptz not null,
  -- of an edit
  edited_input jsonb,
  -- what a person answers the agent instead
  response text,
  reason text,
  resolved_by uuid references users (id),
  resolved_at timestamptz,
  created_at timestamptz not null default now(),
  unique (tenant_id, group_id, step, call_id),
  check ((status = 'pending') = (resolved_at is null)),
  foreign key (tenant_id, conversation_id) references conversations (tenant_id, id),
  foreign key (tenant_id, group_id) references message_groups (tenant_id, id)
);
create index approvals_pending_idx on approvals (tenant_id, id desc) where status = 'pending';
create index approvals_conversation_idx on approvals (tenant_id, conversation_id);
select enable_tenant_isolation('approvals');

-- How long calls wait, what happens then, and which tools agents always or never may use without a person.
create table approval_settings (
  tenant_id uuid primary key references projects (id),
  wait_seconds integer not null default 300 check (wait_seconds between 10 and 86400),
  on_expiry text not null default 'reject' check (on_expiry in ('reject', 'approve', 'escalate')),
  -- {tool: 'ask' | 'never'}
  tool_policies jsonb not null default '{}',
  updated_at timestamptz not null default now()
);
select enable_tenant_isolation('approval_settings');
