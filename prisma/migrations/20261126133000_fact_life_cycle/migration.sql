-- Facts that change: what a fact is about, since when it was known, what replaced it, who vouched for it, and who changed it.

alter table memory_facts
  -- 'contact', or the folded name of another person or thing the fact is about
  add column subject text not null default 'contact',
  -- of what holds one value at a time (address, email, budget, …); null for everything else
  add column attribute text,
  add column value text,
  -- a right the customer claims to have: told as a claim, never acted on
  add column is_claimed boolean not null default false,
  -- when a person vouched for it
  add column confirmed_at timestamptz,
  -- when it was said, or since when a person says it holds: "known on 1 March" is asked of this
  add column said_at timestamptz not null default now(),
  -- message id -> the words that say it
  add column evidence_quotes jsonb not null default '{}';
alter table memory_facts no force row level security;
alter table messages no force row level security;
alter table memory_facts disable trigger memory_index_change;
update memory_facts f set said_at = m.sent_at from messages m where m.tenant_id = f.tenant_id and m.id = f.source_message_id;
alter table memory_facts enable trigger memory_index_change;
alter table memory_facts force row level security;
alter table messages force row level security;

-- Without a message only on the word of the company.
alter table memory_facts alter column source_message_id drop not null;
alter table memory_facts add constraint memory_facts_evidence_check
  check (claimed_by = 'company' or source_message_id is not null);

-- A value may come back (moved away and home again), so only facts that were not replaced are unique.
drop index memory_facts_hash_key;
create unique index memory_facts_hash_key on memory_facts (tenant_id, contact_id, fact_type, fact_hash)
  where invalidated_at is null and superseded_by is null;
create index memory_facts_attribute_idx on memory_facts (tenant_id, contact_id, attribute, said_at)
  where attribute is not null and invalidated_at is null;

create table memory_fact_changes (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  fact_id uuid not null,
  contact_id uuid not null,
  change text not null check (change in ('added', 'edited', 'merged', 'superseded', 'confirmed', 'invalidated', 'restored')),
  -- of the other fact: the new version, or the one that replaced this
  other_fact_id uuid,
  actor text not null check (actor in ('user', 'agent', 'system')),
  user_id uuid,
  reason text,
  created_at timestamptz not null default now(),
  unique (tenant_id, id),
  foreign key (tenant_id, contact_id) references contacts (tenant_id, id),
  foreign key (tenant_id, fact_id) references memory_facts (tenant_id, id) on delete cascade
);
create index memory_fact_changes_fact_idx on memory_fact_changes (tenant_id, fact_id, id);
create index memory_fact_changes_contact_idx on memory_fact_changes (tenant_id, contact_id, id);
select enable_tenant_isolation('memory_fact_changes');

-- A replaced fact leaves the search when its successor begins: at once, or on the day that was announced.
create or replace function memory_index_fact(fact memory_facts) returns void
language plpgsql as $$
begin
  if fact.invalidated_at is not null or (fact.superseded_by is not null and fact.valid_to <= now()) then
    delete from memory_index where tenant_id = fact.tenant_id and id = fact.id;
  else
    insert into memory_index (tenant_id, id, kind, source, source_id, contact_id, session_id, type, occurred_at, expires_at,
      length, search, metadata)
    select fact.tenant_id, fact.id, 'fact', 'fact', fact.id, fact.contact_id, m.session_id, fact.fact_type, fact.valid_from,
      case when fact.superseded_by is null then fact.expires_at else least(fact.expires_at, fact.valid_to) end,
      least(length(to_tsvector('pt_br', fact.fact_text)), length(to_tsvector('en_us', fact.fact_text))),
      memory_lexemes(fact.fact_text), jsonb_build_object('factType', fact.fact_type, 'confidence', fact.confidence,
        'claimed', fact.is_claimed, 'sourceMessageId', fact.source_message_id)
    from (select 1) one
    left join messages m on m.tenant_id = fact.tenant_id and m.id = fact.source_message_id
    on conflict (tenant_id, id) do update set session_id = excluded.session_id, type = excluded.type,
      occurred_at = excluded.occurred_at, expires_at = excluded.expires_at, length = excluded.length,
      search = excluded.search, metadata = excluded.metadata;
  end if;
  perform memory_touch(fact.tenant_id, fact.contact_id);
end $$;

create or replace view memory_documents with (security_invoker = true) as
select m.tenant_id, 'message' as kind, m.id, 'message' as source, m.id as source_id, m.contact_id, m.session_id,
  m.search || coalesce(e.search, ''::tsvector) as search,
  concat_ws(E'\n', nullif(m.text, ''), nullif(e.extracted_text, '')) as content,
  m.sent_at as occurred_at,
  jsonb_build_object('contentType', m.content_type, 'role', case when m.from_me then 'company' else 'customer' end)
    as metadata
from messages m
left join message_enrichments e
  on e.tenant_id = m.tenant_id and e.message_id = m.id and e.status = 'completed'
where m.deleted_at is null and m.content_type <> 'system' and m.status not in ('failed', 'cancelled')
union all
select f.tenant_id, 'fact', f.id, 'fact', f.id, f.contact_id, m.session_id, f.search, f.fact_text, f.valid_from,
  jsonb_build_object('factType', f.fact_type, 'confidence', f.confidence, 'claimed', f.is_claimed,
    'sourceMessageId', f.source_message_id)
from memory_facts f
left join messages m on m.tenant_id = f.tenant_id and m.id = f.source_message_id
where f.invalidated_at is null and (f.superseded_by is null or f.valid_to > now())
  and (f.expires_at is null or f.expires_at > now())
union all
select d.tenant_id, 'document', d.id,
  case d.content_type when 'session_summary' then 'session' when 'fact' then 'fact' else 'message' end,
  case when d.content_type = 'session_summary' then coalesce(d.session_id, d.id) else coalesce(d.message_id, d.id) end,
  d.contact_id, d.session_id, d.search, d.content_text, d.occurred_at,
  d.metadata || jsonb_build_object('contentType', d.content_type)
from memory_embeddings d
left join messages m on m.tenant_id = d.tenant_id and m.id = d.message_id
where (d.origin = 'external' or d.content_type = 'session_summary') and m.deleted_at is null;
