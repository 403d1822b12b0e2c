-- The words of all tenants, as the triggers of memory_index would keep them.
insert into memory_words (tenant_id, word)
select distinct i.tenant_id, word from memory_index i cross join lateral memory_spelled(i.search) as word
where not exists (select from memory_words k where k.tenant_id = i.tenant_id)
