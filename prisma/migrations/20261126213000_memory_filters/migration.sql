-- A search of a whole tenant for one kind of documents, or of some days, reads those alone.
create index memory_index_type_idx on memory_index (tenant_id, source, type);
create index memory_index_moment_idx on memory_index (tenant_id, occurred_at);
