-- Problems of contacts that somebody works on until they are solved.
create table tickets (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  contact_id uuid not null,
  conversation_id uuid,
  subject text not null check (char_length(subject) between 1 and 200),
  description text not null check (char_length(description) between 1 and 20000),
  -- 1 is a question, 10 is that nothing works
  severity integer not null check (severity between 1 and 10),
  status text not null default 'open' check (status in ('open', 'in_progress', 'waiting', 'resolved', 'closed')),
  escalation text not null default 'none' check (escalation in ('none', 'supervisor', 'engineering')),
  escalation_reason text,
  escalated_at timestamptz,
  resolution text,
  resolved_at timestamptz,
  created_by jsonb not null default '{}',
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (tenant_id, id),
  check ((escalation = 'none') = (escalated_at is null)),
  foreign key (tenant_id, contact_id) references contacts (tenant_id, id),
  foreign key (tenant_id, conversation_id) references conversations (tenant_id, id)
);
create index tickets_contact_idx on tickets (tenant_id, contact_id, id desc);
create index tickets_unsolved_idx on tickets (tenant_id, id desc) where status not in ('resolved', 'closed');
select enable_tenant_isolation('tickets');
