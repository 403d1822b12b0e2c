-- Calls of tools by operators and programs (REST, MCP, gRPC): the audit of who did what, and what a repeated call finds.
-- An agent's calls are in decision_steps, beside the turn that asked for them.
create table tool_calls (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  tool text not null,
  via text not null check (via in ('rest', 'mcp', 'grpc', 'agent')),
  api_key_id uuid,
  user_id uuid,
  contact_id uuid,
  -- null for a call that may run again
  idempotency_key text,
  input jsonb not null,
  output jsonb,
  status text not null check (status in ('running', 'done', 'failed')),
  error_code text,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  unique (tenant_id, id)
);
create unique index tool_calls_key on tool_calls (tenant_id, tool, idempotency_key) where idempotency_key is not null;
create index tool_calls_tenant_idx on tool_calls (tenant_id, id desc);
select enable_tenant_isolation('tool_calls');

-- How often a tool was called in each minute. Two rows of a tool tell a sliding window.
create table tool_call_rates (
  tenant_id uuid not null references projects (id),
  tool text not null,
  minute timestamptz not null,
  calls integer not null,
  primary key (tenant_id, tool, minute)
);
select enable_tenant_isolation('tool_call_rates');
