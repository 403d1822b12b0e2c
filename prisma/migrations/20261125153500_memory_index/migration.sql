-- One narrow row per document that a search may return, kept by triggers in the transaction of whatever it stands for. The
-- texts live in messages, enrichments, facts and embeddings; here are only the words and what ranking asks about.

create text search configuration en_us (copy = english);
alter text search configuration en_us
  alter mapping for asciiword, asciihword, hword_asciipart, word, hword, hword_part
  with unaccent, english_stem;

-- Amounts, phones and codes by what they mean, whatever their punctuation: '#1500', '#tel87654321', '#ab1234x'.
create function memory_codes(content text) returns text[]
language sql immutable parallel safe as $$
  select coalesce(array_agg(distinct code), '{}') from (
    select '#' || left(regexp_replace(regexp_replace(found[1], '[.,][0-9]{1,2}$', ''), '[.,]', '', 'g'), 40)
    from regexp_matches(content, '[0-9]+(?:[.,][0-9]+)*', 'g') as found
    union all
    select '#tel' || right(regexp_replace(found[1], '[^0-9]', '', 'g'), 8)
    from regexp_matches(content, '\+?[0-9][0-9 ().-]{7,18}[0-9]', 'g') as found
    where length(regexp_replace(found[1], '[^0-9]', '', 'g')) between 8 and 15
    union all
    select '#' || left(lower(regexp_replace(found[1], '[^[:alnum:]]', '', 'g')), 40)
    from regexp_matches(content, '[[:alpha:]]{1,6}[-/.]?[0-9][[:alnum:]-]*|[0-9]+[-/][[:alnum:]]+', 'g') as found
  ) as codes(code)
$$;

-- Portuguese and English stems side by side, because one tenant's customers write both; a stem that both share counts once.
create function memory_lexemes(content text) returns tsvector
language sql immutable parallel safe as $$
  select pt || ts_delete(to_tsvector('en_us', cut), tsvector_to_array(pt)) || array_to_tsvector(memory_codes(cut))
  from (select left(content, 100000) as cut, to_tsvector('pt_br', left(content, 100000)) as pt) as text
$$;

create table memory_index (
  tenant_id uuid not null references projects (id),
  -- of the message, of the fact, or of the embedding that is a document of its own
  id uuid not null,
  kind text not null check (kind in ('message', 'fact', 'document')),
  source text not null check (source in ('message', 'session', 'fact')),
  source_id uuid not null,
  contact_id uuid,
  session_id uuid,
  -- of a message or document its content type, of a fact its fact type
  type text not null,
  -- null for what nobody said
  from_me boolean,
  speaker text,
  asks boolean not null default false,
  occurred_at timestamptz not null,
  expires_at timestamptz,
  -- different words without stop words, of the language that leaves fewer
  length integer not null,
  search tsvector not null,
  metadata jsonb not null default '{}',
  primary key (tenant_id, id),
  foreign key (tenant_id, contact_id) references contacts (tenant_id, id),
  foreign key (tenant_id, session_id) references sessions (tenant_id, id)
);
create index memory_index_contact_idx on memory_index (tenant_id, contact_id, occurred_at desc);
create index memory_index_session_idx on memory_index (tenant_id, session_id, occurred_at, id) include (kind, length);
select enable_tenant_isolation('memory_index');

-- What a search of one contact must know beforehand: whether anything changed since a cached answer, and the names of who
-- spoke. Never a row of the whole tenant: every webhook would wait for it.
create table memory_contacts (
  tenant_id uuid not null references projects (id),
  contact_id uuid not null,
  version bigint not null default 1,
  speakers text[] not null default '{}',
  primary key (tenant_id, contact_id),
  foreign key (tenant_id, contact_id) references contacts (tenant_id, id)
) with (fillfactor = 70);
select enable_tenant_isolation('memory_contacts');

create function memory_touch(tenant uuid, contact uuid, name text default null) returns void
language sql as $$
  insert into memory_contacts as known (tenant_id, contact_id, speakers)
  select tenant, contact, case when name is null then '{}' else array[name] end where contact is not null
  on conflict (tenant_id, contact_id) do update set version = known.version + 1,
    speakers = case when name is null or name = any (known.speakers) or cardinality(known.speakers) >= 50
      then known.speakers else known.speakers || name end
$$;

create function memory_index_message(said messages) returns void
language plpgsql as $$
declare
  content text;
  words tsvector;
  who text;
begin
  if said.deleted_at is null and said.content_type <> 'system' and said.status not in ('failed', 'cancelled') then
    select concat_ws(E'\n', nullif(said.text, ''), (
      select nullif(e.extracted_text, '') from message_enrichments e
      where e.tenant_id = said.tenant_id and e.message_id = said.id and e.status = 'completed')) into content;
  end if;
  if coalesce(content, '') = '' then
    -- With the documents that belong to the message, such as the chunks of its PDF.
    delete from memory_index
    where tenant_id = said.tenant_id and (id = said.id or (said.deleted_at is not null
      and contact_id = said.contact_id and source_id = said.id));
    if found then perform memory_touch(said.tenant_id, said.contact_id); end if;
    return;
  end if;
  who := said.metadata ->> 'speaker';
  if who is null and said.from_me then
    select a.name into who from agents a
    where a.tenant_id = said.tenant_id and a.id = said.agent_id and a.type = 'human';
  end if;
  words := memory_lexemes(content);
  insert into memory_index as known (tenant_id, id, kind, source, source_id, contact_id, session_id, type, from_me, speaker,
    asks, occurred_at, length, search, metadata)
  values (said.tenant_id, said.id, 'message', 'message', said.id, said.contact_id, said.session_id, said.content_type,
    said.from_me, left(who, 100), content like '%?%', said.sent_at,
    least(length(to_tsvector('pt_br', left(content, 100000))), length(to_tsvector('en_us', left(content, 100000)))), words,
    jsonb_build_object('contentType', said.content_type, 'role', case when said.from_me then 'company' else 'customer' end))
  on conflict (tenant_id, id) do update set contact_id = excluded.contact_id, session_id = excluded.session_id,
    type = excluded.type, speaker = excluded.speaker, asks = excluded.asks, occurred_at = excluded.occurred_at,
    length = excluded.length, search = excluded.search, metadata = excluded.metadata;
  perform memory_touch(said.tenant_id, said.contact_id, left(who, 100));
end $$;

create function memory_index_on_message() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    delete from memory_index where tenant_id = old.tenant_id and id = old.id;
    if found then perform memory_touch(old.tenant_id, old.contact_id); end if;
    return null;
  end if;
  perform memory_index_message(new);
  if tg_op = 'UPDATE' and old.contact_id <> new.contact_id then
    perform memory_touch(old.tenant_id, old.contact_id);
  end if;
  return null;
end $$;
create trigger memory_index_insert after insert on messages for each row execute function memory_index_on_message();
create trigger memory_index_delete after delete on messages for each row execute function memory_index_on_message();
-- An acknowledgement changes nothing that is searched.
create trigger memory_index_update after update on messages for each row
  when (old.text is distinct from new.text or old.deleted_at is distinct from new.deleted_at
    or old.contact_id <> new.contact_id or old.session_id <> new.session_id or old.sent_at <> new.sent_at
    or old.content_type <> new.content_type or old.metadata ->> 'speaker' is distinct from new.metadata ->> 'speaker'
    or (old.status in ('failed', 'cancelled')) <> (new.status in ('failed', 'cancelled')))
  execute function memory_index_on_message();

create function memory_index_on_enrichment() returns trigger language plpgsql as $$
declare
  said messages;
begin
  select * into said from messages m
  where m.tenant_id = coalesce(new.tenant_id, old.tenant_id) and m.id = coalesce(new.message_id, old.message_id);
  if found then perform memory_index_message(said); end if;
  return null;
end $$;
create trigger memory_index_insert after insert on message_enrichments for each row
  when (new.message_id is not null and new.status = 'completed') execute function memory_index_on_enrichment();
create trigger memory_index_update after update on message_enrichments for each row
  when (new.message_id is not null and (old.extracted_text is distinct from new.extracted_text
    or (old.status = 'completed') <> (new.status = 'completed'))) execute function memory_index_on_enrichment();
create trigger memory_index_delete after delete on message_enrichments for each row
  when (old.message_id is not null and old.status = 'completed') execute function memory_index_on_enrichment();

create function memory_index_fact(fact memory_facts) returns void
language plpgsql as $$
begin
  if fact.invalidated_at is not null then
    delete from memory_index where tenant_id = fact.tenant_id and id = fact.id;
  else
    insert into memory_index (tenant_id, id, kind, source, source_id, contact_id, session_id, type, occurred_at, expires_at,
      length, search, metadata)
    select fact.tenant_id, fact.id, 'fact', 'fact', fact.id, fact.contact_id, m.session_id, fact.fact_type, fact.valid_from,
      fact.expires_at, least(length(to_tsvector('pt_br', fact.fact_text)), length(to_tsvector('en_us', fact.fact_text))),
      memory_lexemes(fact.fact_text), jsonb_build_object('factType', fact.fact_type, 'confidence', fact.confidence,
        'sourceMessageId', fact.source_message_id)
    from (select 1) one
    left join messages m on m.tenant_id = fact.tenant_id and m.id = fact.source_message_id
    on conflict (tenant_id, id) do update set session_id = excluded.session_id, type = excluded.type,
      occurred_at = excluded.occurred_at, expires_at = excluded.expires_at, length = excluded.length,
      search = excluded.search, metadata = excluded.metadata;
  end if;
  perform memory_touch(fact.tenant_id, fact.contact_id);
end $$;

create function memory_index_on_fact() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    delete from memory_index where tenant_id = old.tenant_id and id = old.id;
    perform memory_touch(old.tenant_id, old.contact_id);
  else
    perform memory_index_fact(new);
  end if;
  return null;
end $$;
create trigger memory_index_change after insert or update or delete on memory_facts
  for each row execute function memory_index_on_fact();

-- Which document a vector belongs to: its message, its fact, or itself.
alter table memory_embeddings add column document_id uuid generated always as (
  case when origin = 'external' or content_type = 'session_summary' then id else coalesce(fact_id, message_id, id) end
) stored;
-- A vector beside its row is compared three times as fast as one that must be fetched from another table first.
alter table memory_embeddings alter column embedding set storage plain;
create index memory_embeddings_document_idx on memory_embeddings (tenant_id, document_id);

create function memory_index_document(given memory_embeddings) returns void
language plpgsql as $$
begin
  if given.document_id = given.id then
    insert into memory_index (tenant_id, id, kind, source, source_id, contact_id, session_id, type, occurred_at, length,
      search, metadata)
    values (given.tenant_id, given.id, 'document',
      case given.content_type when 'session_summary' then 'session' when 'fact' then 'fact' else 'message' end,
      case when given.content_type = 'session_summary' then coalesce(given.session_id, given.id)
        else coalesce(given.message_id, given.id) end,
      given.contact_id, given.session_id, given.content_type, given.occurred_at,
      least(length(to_tsvector('pt_br', left(given.content_text, 100000))),
        length(to_tsvector('en_us', left(given.content_text, 100000)))),
      memory_lexemes(given.content_text), given.metadata || jsonb_build_object('contentType', given.content_type))
    on conflict (tenant_id, id) do update set contact_id = excluded.contact_id, session_id = excluded.session_id,
      type = excluded.type, occurred_at = excluded.occurred_at, length = excluded.length, search = excluded.search,
      metadata = excluded.metadata;
  end if;
  perform memory_touch(given.tenant_id, given.contact_id);
end $$;

create function memory_index_on_embedding() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    if old.document_id = old.id then
      delete from memory_index where tenant_id = old.tenant_id and id = old.id;
    end if;
    perform memory_touch(old.tenant_id, old.contact_id);
  else
    perform memory_index_document(new);
  end if;
  return null;
end $$;
create trigger memory_index_change after insert or update or delete on memory_embeddings
  for each row execute function memory_index_on_embedding();

-- What is there already. The owner of the tables may be an ordinary role, which forced row security would show nothing.
alter table messages no force row level security;
alter table message_enrichments no force row level security;
alter table memory_facts no force row level security;
alter table memory_embeddings no force row level security;
alter table agents no force row level security;
alter table memory_index no force row level security;
alter table memory_contacts no force row level security;
select count(memory_index_message(m)) from messages m;
select count(memory_index_fact(f)) from memory_facts f;
select count(memory_index_document(e)) from memory_embeddings e where e.document_id = e.id;
alter table messages force row level security;
alter table message_enrichments force row level security;
alter table memory_facts force row level security;
alter table memory_embeddings force row level security;
alter table agents force row level security;
alter table memory_index force row level security;
alter table memory_contacts force row level security;
