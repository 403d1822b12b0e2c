-- The team of agents. What an agent is told and may use is its profile: the product's own, or a version of the tenant's.
alter table agents add column key text check (key ~ '^[a-z][a-z0-9_]{1,49}$');
create unique index agents_key on agents (tenant_id, key) where key is not null and deleted_at is null;

-- The owner of the table may be an ordinary role, which forced row security would show nothing.
alter table agents no force row level security;
update agents set key = 'balanced' where type = 'ai' and config ->> 'agent' = 'general';
alter table agents force row level security;

create table agent_versions (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  agent_id uuid not null,
  number integer not null check (number > 0),
  -- see AgentProfile in core/agents/team/types.ts; always complete, so that it means the same for ever
  profile jsonb not null,
  note text,
  is_active boolean not null default false,
  created_by uuid,
  created_at timestamptz not null default now(),
  deleted_at timestamptz,
  unique (tenant_id, id),
  unique (tenant_id, agent_id, number),
  check (not (is_active and deleted_at is not null)),
  foreign key (tenant_id, agent_id) references agents (tenant_id, id)
);
create unique index agent_versions_active on agent_versions (tenant_id, agent_id) where is_active;
select enable_tenant_isolation('agent_versions');

-- Decision records name versions, so what a version says never changes.
create function agent_versions_are_immutable() returns trigger language plpgsql as $$
begin
  if (new.id, new.tenant_id, new.agent_id, new.number, new.profile, new.created_at)
     is distinct from (old.id, old.tenant_id, old.agent_id, old.number, old.profile, old.created_at) then
    raise exception 'a version of an agent does not change';
  end if;
  return new;
end $$;
create trigger agent_versions_immutable before update on agent_versions
  for each row execute function agent_versions_are_immutable();

alter table decision_records
  add column agent_id uuid,
  -- null: the profile that comes with the product
  add column agent_version_id uuid,
  add column voice_version_id uuid,
  -- why this agent: intent, kept, no_specialist
  add column route_reason text,
  -- what the rules look at: sentiment, severity, value, attempts
  add column signals jsonb not null default '{}',
  -- [{rule, decision, reason}] about the turn and its reply; those about a tool call are on its step
  add column rules jsonb not null default '[]',
  add column flags text[] not null default '{}',
  add foreign key (tenant_id, agent_id) references agents (tenant_id, id),
  add foreign key (tenant_id, agent_version_id) references agent_versions (tenant_id, id),
  add foreign key (tenant_id, voice_version_id) references agent_versions (tenant_id, id);
create index decision_records_flags_idx on decision_records using gin (flags) where flags <> '{}';

-- A call that a person would have to approve first; a check of an answer before it leaves.
alter table decision_steps drop constraint decision_steps_status_check;
alter table decision_steps add constraint decision_steps_status_check
  check (status in ('requested', 'done', 'failed', 'refused', 'needs_approval'));
alter table decision_steps drop constraint decision_steps_kind_check;
alter table decision_steps add constraint decision_steps_kind_check check (kind in ('model', 'tool', 'check'));
alter table decision_steps add column rule text, add column rule_reason text;
