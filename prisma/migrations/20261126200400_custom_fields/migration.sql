-- What a tenant keeps with its contacts under which key. Values are in contacts.custom_fields, also those of keys that nobody defined.
create table custom_fields (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  key text not null check (key ~ '^[a-z][a-z0-9_]{0,63}$'),
  label text not null,
  type text not null check (type in ('text', 'number', 'boolean', 'date', 'json', 'url', 'email', 'phone', 'select',
    'multi_select', 'label')),
  options text[] not null default '{}',
  is_required boolean not null default false,
  is_fixed boolean not null default false,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (tenant_id, id),
  unique (tenant_id, key)
);
select enable_tenant_isolation('custom_fields');
