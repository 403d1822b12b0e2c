-- Every document of its own is stored before its vector is made, as passages are: notes, summaries of sessions, parts of long texts.
alter table memory_embeddings drop constraint memory_embeddings_precision_check;
alter table memory_embeddings add constraint memory_embeddings_precision_check check (
  case when model like '% (half)' then embedding is null else embedding_half is null end
  and (origin = 'derived' or content_type = 'session_summary' or embedding is not null or embedding_half is not null));
