-- Frames and pieces of sound that were cut out of a medium are media of their own, which no message names: what they are
-- cut from says whose they are. A black frame is in many videos.
create table media_parts (
  tenant_id uuid not null references projects (id),
  source_id uuid not null,
  media_id uuid not null,
  primary key (tenant_id, source_id, media_id),
  foreign key (tenant_id, source_id) references media_files (tenant_id, id) on delete cascade,
  foreign key (tenant_id, media_id) references media_files (tenant_id, id) on delete cascade
);
create index media_parts_media_idx on media_parts (tenant_id, media_id);
select enable_tenant_isolation('media_parts');

create index message_enrichments_media_idx on message_enrichments (tenant_id, media_id) where media_id is not null;

-- Whether something that is kept names the medium itself.
create function media_is_named(tenant uuid, media uuid) returns boolean
language sql stable as $$
  select exists (select from messages m where m.tenant_id = tenant and m.media_id = media)
    or exists (select from message_enrichments e where e.tenant_id = tenant and e.media_id = media)
    or exists (select from knowledge_documents k where k.tenant_id = tenant and k.media_id = media)
$$;

-- Whether it is named, or cut from one that is.
create function media_is_used(tenant uuid, media uuid) returns boolean
language sql stable as $$
  select media_is_named(tenant, media) or exists (
    select from media_parts p
    where p.tenant_id = tenant and p.media_id = media and media_is_named(tenant, p.source_id))
$$;

-- What waits to be deleted is deleted for tenants that keep everything for ever, too.
select grant_system_access('media_deletions');

-- Parts from before, of which nothing says what they were cut from, and the files of imports that are over.
alter table media_files no force row level security;
alter table media_deletions no force row level security;
alter table memory_imports no force row level security;
alter table messages no force row level security;
alter table message_enrichments no force row level security;
alter table knowledge_documents no force row level security;
insert into media_deletions (tenant_id, sha256)
select f.tenant_id, f.sha256 from media_files f
where f.created_at < now() - interval '1 day' and not media_is_named(f.tenant_id, f.id)
union
select i.tenant_id, i.sha256 from memory_imports i where i.sha256 is not null and i.finished_at is not null
on conflict do nothing;
alter table media_files force row level security;
alter table media_deletions force row level security;
alter table memory_imports force row level security;
alter table messages force row level security;
alter table message_enrichments force row level security;
alter table knowledge_documents force row level security;
