-- A search of a whole tenant looks its words up instead of reading all rows, and a word nobody said finds those that look like it
-- without building the vocabulary first.

-- A word of one tenant as a number, so that one index serves all tenants and reads no other tenant's rows.
create function memory_word_keys(tenant uuid, words text[]) returns bigint[]
language sql immutable parallel safe as $$
  select coalesce(array_agg(hashtextextended(tenant::text || word, 0)), '{}') from unnest(words) as word
$$;

-- Written at once: a list of what is still to be written would be read by every search.
create index memory_index_words_idx on memory_index
  using gin (memory_word_keys(tenant_id, tsvector_to_array(search))) with (fastupdate = off);

-- The rows of the current tenant that hold any of the words. Row security lets no index be asked by an operator that it does not
-- trust, and it trusts none of arrays or texts. So this runs as a role that may read every row of this table, and asks
-- for the tenant itself.
create policy system_reads on memory_index for select to ventros_system using (true);
grant select on memory_index to ventros_system;
create function memory_index_with(words text[]) returns setof memory_index
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return query
    select * from memory_index
    where memory_word_keys(tenant_id, tsvector_to_array(search)) && memory_word_keys(current_tenant_id(), words)
      -- "is true" keeps the planner from looking the tenant up instead of its words.
      and (tenant_id = current_tenant_id()) is true;
end $$;
create function memory_holds(word text) returns boolean
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return exists (
    select from memory_index
    where memory_word_keys(tenant_id, tsvector_to_array(search)) && memory_word_keys(current_tenant_id(), array[word])
      and (tenant_id = current_tenant_id()) is true);
end $$;
revoke execute on function memory_index_with(text[]), memory_holds(text) from public;
grant execute on function memory_index_with(text[]), memory_holds(text) to ventros_app;

-- The words of a tenant. No key: two transactions that learn a word at once would wait for each other, and twice the same row does
-- no harm.
create table memory_words (
  tenant_id uuid not null references projects (id),
  word text not null
);
create index memory_words_idx on memory_words (tenant_id, word);
create index memory_words_trigrams_idx on memory_words
  using gin (memory_word_keys(tenant_id, show_trgm(word))) with (fastupdate = off);
select enable_tenant_isolation('memory_words');
create policy system_reads on memory_words for select to ventros_system using (true);
grant select on memory_words to ventros_system;

-- The words of the current tenant that share at least the given part of all their trigrams with the given one.
create function memory_words_like(given text, share double precision) returns setof text
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  trigrams text[] := show_trgm(given);
begin
  return query
    select distinct word from memory_words
    -- Whoever shares so many of n trigrams shares one of any n - so many + 1: not of the first, which many words begin with.
    where memory_word_keys(tenant_id, show_trgm(word)) && memory_word_keys(current_tenant_id(),
        trigrams[ceil(share * cardinality(trigrams))::int : ])
      and (tenant_id = current_tenant_id()) is true
      and similarity(word, given) >= share;
end $$;
revoke execute on function memory_words_like(text, double precision) from public;
grant execute on function memory_words_like(text, double precision) to ventros_app;

-- Words that a typing error may be meant for: numbers and codes have a look-up of their own.
create function memory_spelled(search tsvector) returns setof text
language sql immutable parallel safe as $$
  select word from unnest(tsvector_to_array(search)) as word where length(word) between 3 and 40 and word !~ '^[0-9#]'
$$;

create function memory_learn_words() returns trigger language plpgsql as $$
begin
  insert into memory_words (tenant_id, word)
  select learned.tenant_id, learned.word
  from (
    select distinct written.tenant_id, word from written cross join lateral memory_spelled(written.search) as word
  ) learned
  where not exists (
    select from memory_words known where known.tenant_id = learned.tenant_id and known.word = learned.word);
  return null;
end $$;

-- With the last row that holds a word the word goes, too.
create function memory_unlearn_words() returns trigger language plpgsql as $$
begin
  delete from memory_words known
  using (
    select distinct removed.tenant_id, word from removed cross join lateral memory_spelled(removed.search) as word
  ) gone
  -- Whoever works without a tenant cannot ask what it still holds.
  where known.tenant_id = gone.tenant_id and known.tenant_id = current_tenant_id() and known.word = gone.word
    and not memory_holds(gone.word);
  return null;
end $$;

create trigger memory_learn_insert after insert on memory_index
  referencing new table as written for each statement execute function memory_learn_words();
create trigger memory_learn_update after update on memory_index
  referencing new table as written for each statement execute function memory_learn_words();
create trigger memory_unlearn_update after update on memory_index
  referencing old table as removed for each statement execute function memory_unlearn_words();
create trigger memory_unlearn_delete after delete on memory_index
  referencing old table as removed for each statement execute function memory_unlearn_words();

-- What is there already. The owner of the tables may be an ordinary role, which forced row security would show nothing.
alter table memory_index no force row level security;
alter table memory_words no force row level security;
insert into memory_words (tenant_id, word)
select distinct i.tenant_id, word from memory_index i cross join lateral memory_spelled(i.search) as word;
alter table memory_index force row level security;
alter table memory_words force row level security;

-- Who owns a function must be allowed to make one.
grant create on schema public to ventros_system;
alter function memory_index_with(text[]) owner to ventros_system;
alter function memory_holds(text) owner to ventros_system;
alter function memory_words_like(text, double precision) owner to ventros_system;
revoke create on schema public from ventros_system;
