-- Vectors of half precision take half of the room. They are those of models whose stored name ends with " (half)", so that a tenant
-- changes between both as between two models.
alter table memory_embeddings alter column embedding drop not null;
alter table memory_embeddings add column embedding_half halfvec(768);
alter table memory_embeddings alter column embedding_half set storage plain;
alter table memory_embeddings add constraint memory_embeddings_precision_check check (
  case when model like '% (half)' then embedding is null and embedding_half is not null
    else embedding is not null and embedding_half is null end);
create index memory_embeddings_half_idx on memory_embeddings using hnsw (embedding_half halfvec_cosine_ops)
  with (m = 16, ef_construction = 64);
