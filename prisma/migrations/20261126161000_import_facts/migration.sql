-- An import may have facts extracted from what customers said in it.
alter table memory_imports
  drop constraint memory_imports_status_check,
  add constraint memory_imports_status_check
    check (status in ('queued', 'storing', 'embedding', 'extracting', 'completed', 'partial', 'failed')),
  -- the last message that was read for facts: {contactId, sentAt, id}
  add column fact_position jsonb,
  add column fact_messages_read integer not null default 0,
  -- the model gave no usable answer about them
  add column fact_messages_skipped integer not null default 0,
  add column facts_found integer not null default 0;
-- The same file again, before it is imported once more.
create index memory_imports_file_idx on memory_imports (tenant_id, sha256) where sha256 is not null;
