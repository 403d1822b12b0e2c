-- Documents of the company's own: manuals, price lists, policies. They belong to no contact; their passages are documents of
-- the tenant's memory.

create table knowledge_documents (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  title text not null,
  file_name text,
  mime_type text not null,
  size_bytes bigint not null,
  media_id uuid not null,
  -- reads what is no plain text
  enrichment_id uuid,
  status text not null default 'queued' check (status in ('queued', 'reading', 'embedding', 'completed', 'failed')),
  pages integer,
  passages_total integer not null default 0,
  passages_done integer not null default 0,
  error_code text,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  unique (tenant_id, id),
  -- the same file is one document
  unique (tenant_id, media_id),
  foreign key (tenant_id, media_id) references media_files (tenant_id, id),
  foreign key (tenant_id, enrichment_id) references message_enrichments (tenant_id, id)
);
create index knowledge_documents_enrichment_idx on knowledge_documents (tenant_id, enrichment_id);
select enable_tenant_isolation('knowledge_documents');

-- 'knowledge': a passage of such a document.
alter table memory_embeddings drop constraint memory_embeddings_content_type_check;
alter table memory_embeddings add constraint memory_embeddings_content_type_check
  check (content_type in
    ('message', 'turn', 'session_summary', 'fact', 'note', 'document', 'audio', 'image', 'video', 'knowledge'));
alter table memory_embeddings
  add column knowledge_document_id uuid,
  add foreign key (tenant_id, knowledge_document_id) references knowledge_documents (tenant_id, id) on delete cascade;
create index memory_embeddings_knowledge_idx on memory_embeddings (tenant_id, knowledge_document_id)
  where knowledge_document_id is not null;

-- What everybody of a tenant may find is never a contact's.
alter table memory_embeddings add constraint memory_embeddings_knowledge_check check (
  (content_type = 'knowledge') = (knowledge_document_id is not null)
  and (content_type <> 'knowledge' or (contact_id is null and session_id is null and message_id is null)));

-- Two documents may hold the same passage.
drop index memory_embeddings_content_key;
create unique index memory_embeddings_content_key on memory_embeddings (tenant_id,
  coalesce(contact_id, '00000000-0000-0000-0000-000000000000'::uuid),
  coalesce(session_id, '00000000-0000-0000-0000-000000000000'::uuid),
  coalesce(message_id, note_id, knowledge_document_id, '00000000-0000-0000-0000-000000000000'::uuid), content_type, model,
  content_hash)
  where origin <> 'pipeline' or (message_id is null and fact_id is null);
