-- Who works in a project, and what their keys may do at most. Name and e-mail are those they were invited with: users are
-- read by nobody of a tenant.
create table project_members (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  user_id uuid not null references users (id),
  -- as one of the people who answer; viewers are none
  agent_id uuid,
  name text not null,
  email text not null,
  role text not null check (role in ('admin', 'supervisor', 'agent', 'viewer')),
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (tenant_id, id),
  unique (tenant_id, user_id),
  foreign key (tenant_id, agent_id) references agents (tenant_id, id)
);
select enable_tenant_isolation('project_members');
-- a key is looked at before its tenant is known
create policy system_access on project_members for select to ventros_system using (true);
grant select on project_members to ventros_system;

insert into project_members (id, tenant_id, user_id, agent_id, name, email, role)
select gen_random_uuid(), p.id, u.id,
  (select a.id from agents a where a.tenant_id = p.id and a.user_id = u.id and a.type = 'human' and a.deleted_at is null limit 1),
  u.name, u.email, 'admin'
from projects p
join billing_accounts b on b.id = p.billing_account_id
join users u on u.id = b.user_id;
