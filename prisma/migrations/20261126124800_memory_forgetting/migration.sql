-- Forgetting a contact, and what a tenant keeps for how long.

-- What was said until then is not memory any more, however often its message is written again.
alter table memory_contacts add column forgotten_until timestamptz;

create function memory_is_forgotten(tenant uuid, contact uuid, message uuid) returns boolean
language sql stable as $$
  select exists (
    select from memory_contacts k
    join messages m on m.tenant_id = k.tenant_id and m.id = message
    where k.tenant_id = tenant and k.contact_id = contact and k.forgotten_until >= m.created_at)
$$;

create function memory_refuse_forgotten() returns trigger language plpgsql as $$
begin
  if memory_is_forgotten(new.tenant_id, new.contact_id, new.id) then return null; end if;
  return new;
end $$;
create trigger memory_refuse_forgotten before insert on memory_index for each row
  when (new.kind = 'message') execute function memory_refuse_forgotten();

create function memory_refuse_forgotten_vector() returns trigger language plpgsql as $$
begin
  if memory_is_forgotten(new.tenant_id, new.contact_id, new.message_id) then return null; end if;
  return new;
end $$;
create trigger memory_refuse_forgotten before insert on memory_embeddings for each row
  when (new.message_id is not null and new.origin <> 'external') execute function memory_refuse_forgotten_vector();

create table memory_erasures (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  contact_id uuid not null,
  -- memory: what was derived, and the media; everything: also texts of messages, notes and the timeline
  scope text not null check (scope in ('memory', 'everything')),
  status text not null default 'queued' check (status in ('queued', 'running', 'completed', 'failed')),
  -- rows and files by kind
  removed jsonb not null default '{}',
  error_code text,
  api_key_id uuid,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  unique (tenant_id, id),
  foreign key (tenant_id, contact_id) references contacts (tenant_id, id)
);
create index memory_erasures_contact_idx on memory_erasures (tenant_id, contact_id, id desc);
select enable_tenant_isolation('memory_erasures');

-- Files that nothing refers to any more, until they are gone from the store too: a crash in between loses no track of them.
create table media_deletions (
  tenant_id uuid not null references projects (id),
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  created_at timestamptz not null default now(),
  primary key (tenant_id, sha256)
);
select enable_tenant_isolation('media_deletions');
create index messages_media_idx on messages (tenant_id, media_id) where media_id is not null;

-- Null is for ever.
create table memory_retention (
  tenant_id uuid primary key references projects (id),
  memory_days integer check (memory_days between 1 and 36500),
  messages_days integer check (messages_days between 1 and 36500),
  updated_at timestamptz not null default now()
);
select enable_tenant_isolation('memory_retention');
select grant_system_access('memory_retention');
