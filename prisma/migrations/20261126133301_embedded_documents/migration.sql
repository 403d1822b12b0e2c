-- More of what is said becomes searchable by meaning: turns, notes, and the parts of long texts, with their page. And vectors
-- of another model may be made beside those in use.

-- 'turn': a question and its answer, a second vector of the answer's message.
alter table memory_embeddings drop constraint memory_embeddings_content_type_check;
alter table memory_embeddings add constraint memory_embeddings_content_type_check
  check (content_type in ('message', 'turn', 'session_summary', 'fact', 'note', 'document', 'audio', 'image', 'video'));
-- 'derived': a document of its own that we made: a part of a long text, a note.
alter table memory_embeddings drop constraint memory_embeddings_origin_check;
alter table memory_embeddings add constraint memory_embeddings_origin_check
  check (origin in ('pipeline', 'external', 'derived'));

alter table memory_embeddings
  add column note_id uuid,
  -- the same text with a vector of another model: the document is the row that it was made of
  add column copy_of uuid,
  add foreign key (tenant_id, note_id) references notes (tenant_id, id) on delete cascade;
create index memory_embeddings_note_idx on memory_embeddings (tenant_id, note_id) where note_id is not null;

drop index memory_embeddings_document_idx;
alter table memory_embeddings drop column document_id;
alter table memory_embeddings add column document_id uuid generated always as (
  coalesce(copy_of, case when origin <> 'pipeline' or content_type = 'session_summary' then id
    else coalesce(fact_id, message_id, id) end)
) stored;
create index memory_embeddings_document_idx on memory_embeddings (tenant_id, document_id);
-- For what is made again with another model, in the order it came.
create index memory_embeddings_model_idx on memory_embeddings (tenant_id, model, id);

drop index memory_embeddings_content_key;
create unique index memory_embeddings_content_key on memory_embeddings (tenant_id,
  coalesce(contact_id, '00000000-0000-0000-0000-000000000000'::uuid),
  coalesce(session_id, '00000000-0000-0000-0000-000000000000'::uuid),
  coalesce(message_id, note_id, '00000000-0000-0000-0000-000000000000'::uuid), content_type, model, content_hash)
  where origin <> 'pipeline' or (message_id is null and fact_id is null);

-- One condition of the view changes; the rest of it is left as other migrations made it.
do $$
declare
  before text := pg_get_viewdef('memory_documents'::regclass);
  after text := replace(before, '(d.origin = ''external''::text)',
    '((d.copy_of is null) and (d.origin <> ''pipeline''::text))');
begin
  after := replace(after, '(d.content_type = ''session_summary''::text)) AND',
    '((d.content_type = ''session_summary''::text) and (d.copy_of is null))) AND');
  if strpos(after, 'd.copy_of is null) and (d.origin') = 0 or strpos(after, 'text) and (d.copy_of is null)') = 0 then
    raise exception 'memory_documents has another condition than expected: %', before;
  end if;
  execute 'create or replace view memory_documents with (security_invoker = true) as ' || after;
end $$;

-- A note that says something else now is embedded anew; a deleted one is not found any more.
create function memory_forget_note() returns trigger language plpgsql as $$
begin
  delete from memory_embeddings where tenant_id = old.tenant_id and note_id = old.id;
  return null;
end $$;
create trigger memory_forget_note after update on notes for each row
  when (old.content is distinct from new.content or (old.deleted_at is null and new.deleted_at is not null))
  execute function memory_forget_note();

-- The model whose vectors a tenant's searches compare; no row until its first vector.
create table memory_models (
  tenant_id uuid primary key references projects (id),
  provider text not null,
  model text not null,
  updated_at timestamptz not null default now()
);
select enable_tenant_isolation('memory_models');
select grant_system_access('memory_models');

-- Making all vectors of a tenant again with another model.
create table memory_reembeddings (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  status text not null default 'queued' check (status in ('queued', 'running', 'cleaning', 'completed', 'failed', 'cancelled')),
  from_provider text not null,
  from_model text not null,
  to_provider text not null,
  to_model text not null,
  documents_total integer not null default 0,
  documents_done integer not null default 0,
  -- the last vector of the old model that was looked at
  position uuid,
  error_code text,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  switched_at timestamptz,
  finished_at timestamptz,
  unique (tenant_id, id)
);
create unique index memory_reembeddings_running_key on memory_reembeddings (tenant_id) where finished_at is null;
select enable_tenant_isolation('memory_reembeddings');
select grant_system_access('memory_reembeddings');

alter table memory_embeddings no force row level security;
alter table memory_models no force row level security;
insert into memory_models (tenant_id, provider, model)
select distinct on (tenant_id) tenant_id,
  case when model like 'local-%' then 'local' when model like 'text-embedding-3%' then 'openai' else 'vertex' end, model
from memory_embeddings where origin = 'pipeline'
group by tenant_id, model
order by tenant_id, count(*) desc, model;
alter table memory_embeddings force row level security;
alter table memory_models force row level security;
