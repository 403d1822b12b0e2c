-- A passage of a document of the company is stored before its vector is made: words find it whatever the embedder does.
alter table memory_embeddings drop constraint memory_embeddings_precision_check;
alter table memory_embeddings add constraint memory_embeddings_precision_check check (
  case when model like '% (half)' then embedding is null else embedding_half is null end
  and (content_type = 'knowledge' or embedding is not null or embedding_half is not null));
create index memory_embeddings_waiting_idx on memory_embeddings (tenant_id, knowledge_document_id)
  where embedding is null and embedding_half is null;
