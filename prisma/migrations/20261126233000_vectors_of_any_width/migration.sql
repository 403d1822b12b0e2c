-- Vectors have the width of their model. A column without one takes any, and an index is of those of one width: pgvector,
-- "Can I store vectors with different dimensions in the same column?".
drop index memory_embeddings_vector_idx;
drop index memory_embeddings_half_idx;
alter table memory_embeddings alter column embedding type vector, alter column embedding_half type halfvec;
-- Beside the row, not out of line: an exact search reads every vector of a contact.
alter table memory_embeddings alter column embedding set storage plain, alter column embedding_half set storage plain;
alter table memory_embeddings add constraint memory_embeddings_dimensions_check check (
  coalesce(vector_dims(embedding), vector_dims(embedding_half), dimensions) = dimensions);

-- Called again by `migrate` for the width of the configuration. Finding it there takes no lock.
create function make_vector_index(width integer, is_half boolean) returns void language plpgsql as $$
declare
  type_name constant text := case when is_half then 'halfvec' else 'vector' end;
  index_name constant text := format('memory_embeddings_%s_%s_idx', type_name, width);
begin
  if to_regclass(index_name) is null then
    execute format(
      'create index if not exists %I on memory_embeddings using hnsw ((%I::%s(%s)) %s_cosine_ops)
         with (m = 16, ef_construction = 64) where dimensions = %s',
      index_name, case when is_half then 'embedding_half' else 'embedding' end, type_name, width, type_name, width);
  end if;
end $$;
select make_vector_index(768, false);
select make_vector_index(768, true);
