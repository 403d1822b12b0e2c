-- The graph: what is connected with what, kept by triggers in the transaction of whatever an edge stands for. Contacts, sessions,
-- messages, facts and documents are nodes by their own rows; what a text may name has a row here.

create table graph_nodes (
  tenant_id uuid not null references projects (id),
  -- of the row it stands for; of what has none, made of type and name (graph_node_id), so that the same name is one node
  id uuid not null,
  type text not null check (type in ('entity', 'topic', 'tag', 'list', 'status', 'agent', 'offer', 'ad', 'campaign')),
  name text not null,
  -- stems and codes of the name, as memory_index has them
  words text[] not null,
  primary key (tenant_id, id)
);
select enable_tenant_isolation('graph_nodes');

-- By which words a node is named. A text names it when it holds all of them: only the anchor, the longest one, is looked
-- up then, because thousands of topics may share a word like "entrega".
create table graph_words (
  tenant_id uuid not null,
  word text not null,
  node_id uuid not null,
  is_anchor boolean not null,
  primary key (tenant_id, word, node_id),
  foreign key (tenant_id, node_id) references graph_nodes (tenant_id, id) on delete cascade
);
create index graph_words_node_idx on graph_words (tenant_id, node_id);
create index graph_words_anchor_idx on graph_words (tenant_id, word) include (node_id) where is_anchor;
select enable_tenant_isolation('graph_words');

create table graph_edges (
  tenant_id uuid not null references projects (id),
  kind text not null check (kind in ('HAS_SESSION', 'CONTAINS', 'REPLY_TO', 'MENTIONS', 'HAS_FACT', 'HAS_PREFERENCE',
    'HAS_OBJECTION', 'SAID_IN', 'DISCUSSED_TOPIC', 'RECEIVED_OFFER', 'OFFERED_IN', 'TAGGED', 'IN_LIST', 'IN_PIPELINE',
    'ASSIGNED_TO', 'TRANSFERRED_TO', 'CAME_FROM_CAMPAIGN', 'IN_CAMPAIGN')),
  from_type text not null,
  from_id uuid not null,
  to_type text not null,
  to_id uuid not null,
  -- the row that the edge stands for, which tells two transfers between the same people apart
  source_id uuid not null,
  -- whose history it is part of: it is forgotten with this contact
  contact_id uuid,
  occurred_at timestamptz not null,
  properties jsonb not null default '{}',
  node_id uuid generated always as (case when to_type in
    ('entity', 'topic', 'tag', 'list', 'status', 'agent', 'offer', 'ad', 'campaign') then to_id end) stored,
  primary key (tenant_id, from_id, kind, to_id, source_id),
  foreign key (tenant_id, contact_id) references contacts (tenant_id, id),
  foreign key (tenant_id, node_id) references graph_nodes (tenant_id, id)
);
create index graph_edges_to_idx on graph_edges (tenant_id, to_id, contact_id, occurred_at desc);
create index graph_edges_contact_idx on graph_edges (tenant_id, contact_id, kind, occurred_at desc);
select enable_tenant_isolation('graph_edges');

create function graph_node_id(node_type text, name text) returns uuid
language sql immutable parallel safe as $$ select md5(node_type || ':' || name)::uuid $$;

-- Case and accents aside: "João" and "joao" are one.
create function graph_key(name text) returns text
language sql stable parallel safe as $$ select lower(unaccent(btrim(regexp_replace(left(name, 200), '\s+', ' ', 'g')))) $$;

-- Names as they are written within a sentence; its first word has a capital anyway.
create function graph_names(content text) returns setof text
language sql immutable parallel safe as $$
  select distinct found[1] from regexp_matches(left(content, 4000),
    '(?<=[a-zà-ÿ0-9,:] )([A-ZÀ-Ý][a-zà-ÿ]{2,}(?: (?:d[aeo]s? )?[A-ZÀ-Ý][a-zà-ÿ]{2,}){0,3})', 'g') as found
  limit 20
$$;

-- Nodes that are not there yet, with their words. In the order of their ids, so that two transactions do not wait for each
-- other. In plpgsql, which keeps its plans: most calls find all nodes there.
create function graph_add_nodes(tenant uuid, node_type text, ids uuid[], names text[]) returns void
language plpgsql as $$
begin
  if not exists (
    select from unnest(ids) as given(id)
    where not exists (select from graph_nodes n where n.tenant_id = tenant and n.id = given.id))
  then return; end if;
  with given as materialized (
    select distinct on (g.id) g.id, left(g.name, 200) as name,
      -- A code is itself; the stems of a text depend on how it was written.
      case when node_type = 'entity' and g.name ~ '^#[a-z0-9]+$' then array[g.name]
        else tsvector_to_array(memory_lexemes(left(g.name, 200))) end as words
    from unnest(ids, names) as g(id, name)
    where not exists (select from graph_nodes n where n.tenant_id = tenant and n.id = g.id)
    order by g.id
  ), added as (
    insert into graph_nodes (tenant_id, id, type, name, words)
    select tenant, g.id, node_type, g.name, g.words from given g order by g.id
    on conflict (tenant_id, id) do nothing
    returning id, words
  )
  insert into graph_words (tenant_id, word, node_id, is_anchor)
  select tenant, w.word, a.id,
    -- Every text about money would name an offer, and half of them the stage "novo".
    node_type in ('entity', 'topic') and w.word = (select x from unnest(a.words) as x order by length(x) desc, x limit 1)
  from added a cross join lateral (select u.word from unnest(a.words) as u(word) limit 20) w
  on conflict do nothing;
end $$;

create function graph_rename_node() returns trigger language plpgsql as $$
declare
  known graph_nodes;
begin
  delete from graph_words where tenant_id = new.tenant_id and node_id = new.id;
  update graph_nodes set name = left(new.name, 200), words = tsvector_to_array(memory_lexemes(left(new.name, 200)))
  where tenant_id = new.tenant_id and id = new.id
  returning * into known;
  insert into graph_words (tenant_id, word, node_id, is_anchor)
  select known.tenant_id, word, known.id, false from unnest(known.words) as u(word) where known.id is not null limit 20;
  return null;
end $$;
create trigger graph_rename after update of name on contact_lists for each row
  when (old.name <> new.name) execute function graph_rename_node();
create trigger graph_rename after update of name on pipeline_statuses for each row
  when (old.name <> new.name) execute function graph_rename_node();
create trigger graph_rename after update of name on agents for each row
  when (old.name <> new.name) execute function graph_rename_node();

-- Messages: in which session, and answering which.

create function graph_on_messages() returns trigger language plpgsql as $$
begin
  insert into graph_edges (tenant_id, kind, from_type, from_id, to_type, to_id, source_id, contact_id, occurred_at)
  select m.tenant_id, 'CONTAINS', 'session', m.session_id, 'message', m.id, m.id, m.contact_id, m.sent_at
  from said m where m.deleted_at is null and m.content_type <> 'system'
  union all
  select m.tenant_id, 'REPLY_TO', 'message', m.id, 'message', m.reply_to_id, m.id, m.contact_id, m.sent_at
  from said m where m.deleted_at is null and m.reply_to_id is not null
  on conflict do nothing;
  if exists (select from said where metadata ? 'tracking') then
    perform graph_add_ads(m.tenant_id, m.contact_id, m.id, m.sent_at, m.metadata -> 'tracking')
    from said m where m.metadata ? 'tracking';
  end if;
  return null;
end $$;

-- The advertisement by its id, else by its address or title; nothing of it is known of a click alone.
create function graph_add_ads(tenant uuid, contact uuid, message uuid, sent timestamptz, tracking jsonb) returns void
language plpgsql as $$
declare
  known text := coalesce(tracking ->> 'ad_source_id', tracking ->> 'ad_source_url', tracking ->> 'ad_title',
    tracking ->> 'conversion_source');
  ad uuid := graph_node_id('ad', known);
begin
  if known is null then return; end if;
  perform graph_add_nodes(tenant, 'ad', array[ad], array[coalesce(tracking ->> 'ad_title', known)]);
  insert into graph_edges (tenant_id, kind, from_type, from_id, to_type, to_id, source_id, contact_id, occurred_at, properties)
  values (tenant, 'CAME_FROM_CAMPAIGN', 'contact', contact, 'ad', ad, message, contact, sent,
    jsonb_strip_nulls(jsonb_build_object('source', tracking ->> 'conversion_source', 'app', tracking ->> 'ad_source_app',
      'ad_id', tracking ->> 'ad_source_id', 'click_id', tracking ->> 'ctwa_clid')))
  on conflict do nothing;
end $$;

create function graph_remove(tenant uuid, node uuid) returns void
language sql as $$
  delete from graph_edges where tenant_id = tenant and (from_id = node or to_id = node)
$$;

create function graph_on_message_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or new.deleted_at is not null then
    perform graph_remove(old.tenant_id, old.id);
    return null;
  end if;
  delete from graph_edges where tenant_id = old.tenant_id
    and ((from_id = old.id and kind = 'REPLY_TO') or (to_id = old.id and kind = 'CONTAINS'));
  insert into graph_edges (tenant_id, kind, from_type, from_id, to_type, to_id, source_id, contact_id, occurred_at)
  select new.tenant_id, 'CONTAINS', 'session', new.session_id, 'message', new.id, new.id, new.contact_id, new.sent_at
  where new.content_type <> 'system'
  union all
  select new.tenant_id, 'REPLY_TO', 'message', new.id, 'message', new.reply_to_id, new.id, new.contact_id, new.sent_at
  where new.reply_to_id is not null
  on conflict do nothing;
  return null;
end $$;
create trigger graph_insert after insert on messages referencing new table as said
  for each statement execute function graph_on_messages();
create trigger graph_delete after delete on messages for each row execute function graph_on_message_change();
create trigger graph_update after update on messages for each row
  when (old.deleted_at is distinct from new.deleted_at or old.session_id <> new.session_id or old.sent_at <> new.sent_at
    or old.contact_id <> new.contact_id or old.reply_to_id is distinct from new.reply_to_id)
  execute function graph_on_message_change();

create function graph_on_sessions() returns trigger language plpgsql as $$
begin
  insert into graph_edges (tenant_id, kind, from_type, from_id, to_type, to_id, source_id, contact_id, occurred_at)
  select s.tenant_id, 'HAS_SESSION', 'contact', s.contact_id, 'session', s.id, s.id, s.contact_id, s.started_at
  from opened s
  on conflict do nothing;
  return null;
end $$;
create trigger graph_insert after insert on sessions referencing new table as opened
  for each statement execute function graph_on_sessions();

-- What a message, fact or document names: codes, people and things written with a capital, and every node known by then.

create function graph_link(i memory_index) returns void language plpgsql as $$
declare
  held text[] := tsvector_to_array(i.search);
  content text;
  codes text[] := array(select w from unnest(held) as w where w like '#___%');
  names text[];
begin
  if i.kind = 'message' then
    select m.text into content from messages m where m.tenant_id = i.tenant_id and m.id = i.id;
  elsif i.kind = 'fact' then
    select f.fact_text into content from memory_facts f where f.tenant_id = i.tenant_id and f.id = i.id;
  end if;
  -- The cheap look first: most messages hold no capital but their first.
  names := case when content ~ '[a-zà-ÿ0-9,:] [A-ZÀ-Ý]' then array(select graph_names(content)) else '{}' end;
  if cardinality(codes) + cardinality(names) > 0 then
    perform graph_add_nodes(i.tenant_id, 'entity',
      array(select graph_node_id('entity', graph_key(n)) from unnest(names) as n)
        || array(select graph_node_id('entity', c) from unnest(codes) as c),
      names || codes);
  end if;
  insert into graph_edges (tenant_id, kind, from_type, from_id, to_type, to_id, source_id, contact_id, occurred_at)
  select i.tenant_id, 'MENTIONS', i.kind, i.id, n.type, n.id, i.id, i.contact_id, i.occurred_at
  from (
    select distinct w.node_id from graph_words w
    where w.tenant_id = i.tenant_id and w.is_anchor and w.word = any (held) limit 200
  ) named
  -- Looked up one by one whatever the planner guesses of a table that it has not counted yet.
  cross join lateral (
    select n.type, n.id from graph_nodes n
    where n.tenant_id = i.tenant_id and n.id = named.node_id and n.words <@ held
    offset 0
  ) n
  limit 50
  on conflict do nothing;
end $$;

create function graph_on_index() returns trigger language plpgsql as $$
begin
  if tg_op <> 'INSERT' then
    delete from graph_edges where tenant_id = old.tenant_id and from_id = old.id and kind = 'MENTIONS';
  end if;
  if tg_op <> 'DELETE' then perform graph_link(new); end if;
  return null;
end $$;
create trigger graph_insert after insert on memory_index for each row execute function graph_on_index();
create trigger graph_delete after delete on memory_index for each row execute function graph_on_index();
create trigger graph_update after update on memory_index for each row
  when (old.search is distinct from new.search or old.contact_id is distinct from new.contact_id
    or old.occurred_at <> new.occurred_at)
  execute function graph_on_index();

-- Facts: whose, said where, about whom. A fact that ended is no part of it any more.

create function graph_on_fact() returns trigger language plpgsql as $$
declare
  about uuid;
begin
  perform graph_remove(coalesce(new.tenant_id, old.tenant_id), coalesce(new.id, old.id)) where tg_op = 'DELETE';
  if tg_op = 'DELETE' then return null; end if;
  delete from graph_edges where tenant_id = new.tenant_id and kind in ('SAID_IN') and from_id = new.id;
  delete from graph_edges where tenant_id = new.tenant_id and to_id = new.id
    and kind in ('HAS_FACT', 'HAS_PREFERENCE', 'HAS_OBJECTION');
  if new.invalidated_at is not null or (new.superseded_by is not null and new.valid_to <= now()) then return null; end if;
  insert into graph_edges (tenant_id, kind, from_type, from_id, to_type, to_id, source_id, contact_id, occurred_at)
  select new.tenant_id,
    case new.fact_type when 'preference' then 'HAS_PREFERENCE' when 'objection' then 'HAS_OBJECTION' else 'HAS_FACT' end,
    'contact', new.contact_id, 'fact', new.id, new.id, new.contact_id, new.valid_from
  union all
  select new.tenant_id, 'SAID_IN', 'fact', new.id, 'message', said, new.id, new.contact_id, new.valid_from
  from unnest(new.evidence_message_ids) as said
  on conflict do nothing;
  if new.subject <> 'contact' then
    about := graph_node_id('entity', graph_key(new.subject));
    perform graph_add_nodes(new.tenant_id, 'entity', array[about], array[new.subject]);
    insert into graph_edges (tenant_id, kind, from_type, from_id, to_type, to_id, source_id, contact_id, occurred_at)
    values (new.tenant_id, 'MENTIONS', 'fact', new.id, 'entity', about, new.id, new.contact_id, new.valid_from)
    on conflict do nothing;
  end if;
  return null;
end $$;
-- After memory_index_change, in the order of their names.
create trigger memory_index_graph after insert or update or delete on memory_facts
  for each row execute function graph_on_fact();

-- Sessions: what they were about, by their summary, and where in them it was said.

create function graph_on_summary() returns trigger language plpgsql as $$
declare
  at timestamptz;
begin
  if tg_op <> 'INSERT' then
    delete from graph_edges where tenant_id = old.tenant_id and from_id = old.session_id
      and kind in ('DISCUSSED_TOPIC', 'MENTIONS');
  end if;
  if tg_op = 'DELETE' then return null; end if;
  select started_at into at from sessions where tenant_id = new.tenant_id and id = new.session_id;
  with named as materialized (
    select 'topic' as type, graph_node_id('topic', graph_key(t)) as id, t as name from unnest(new.topics) as t
    where graph_key(t) <> ''
    union
    select 'entity', graph_node_id('entity', graph_key(e ->> 'name')), e ->> 'name'
    from jsonb_array_elements(new.key_entities) as e where graph_key(e ->> 'name') <> ''
  ), added as materialized (
    select count(graph_add_nodes(new.tenant_id, n.type, n.ids, n.names)) as nodes
    from (select type, array_agg(id) as ids, array_agg(name) as names from named group by type order by type) n
  )
  insert into graph_edges (tenant_id, kind, from_type, from_id, to_type, to_id, source_id, contact_id, occurred_at)
  select new.tenant_id, case n.type when 'topic' then 'DISCUSSED_TOPIC' else 'MENTIONS' end, 'session', new.session_id,
    n.type, n.id, new.session_id, new.contact_id, at
  from named n cross join added
  on conflict do nothing;
  insert into graph_edges (tenant_id, kind, from_type, from_id, to_type, to_id, source_id, contact_id, occurred_at)
  select new.tenant_id, 'MENTIONS', i.kind, i.id, n.type, n.id, i.id, i.contact_id, i.occurred_at
  from graph_edges e
  join graph_nodes n on n.tenant_id = e.tenant_id and n.id = e.to_id
  join memory_index i on i.tenant_id = e.tenant_id and i.session_id = new.session_id and i.kind = 'message'
    and n.words <@ tsvector_to_array(i.search)
  where e.tenant_id = new.tenant_id and e.from_id = new.session_id and e.kind in ('DISCUSSED_TOPIC', 'MENTIONS')
  on conflict do nothing;
  return null;
end $$;
create trigger graph_change after insert or update or delete on session_summaries
  for each row execute function graph_on_summary();

create function graph_on_offer() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    perform graph_remove(old.tenant_id, old.id);
    delete from graph_nodes where tenant_id = old.tenant_id and id = old.id;
    return null;
  end if;
  perform graph_add_nodes(new.tenant_id, 'offer', array[new.id],
    array[format('oferta, proposta, desconto de %s%% por %s meses', new.discount_percent, new.duration_months)]);
  insert into graph_edges (tenant_id, kind, from_type, from_id, to_type, to_id, source_id, contact_id, occurred_at, properties)
  values (new.tenant_id, 'RECEIVED_OFFER', 'contact', new.contact_id, 'offer', new.id, new.id, new.contact_id,
    new.created_at, jsonb_build_object('discount_percent', new.discount_percent, 'duration_months', new.duration_months,
      'status', new.status))
  on conflict (tenant_id, from_id, kind, to_id, source_id) do update set properties = excluded.properties;
  insert into graph_edges (tenant_id, kind, from_type, from_id, to_type, to_id, source_id, contact_id, occurred_at)
  select new.tenant_id, 'OFFERED_IN', 'offer', new.id, 'session', s.id, new.id, new.contact_id, new.created_at
  from sessions s
  where s.tenant_id = new.tenant_id and s.conversation_id = new.conversation_id and s.status = 'active'
  order by s.started_at desc limit 1
  on conflict do nothing;
  return null;
end $$;
create trigger graph_change after insert or update of status or delete on retention_offers
  for each row execute function graph_on_offer();

-- Contacts: tags, lists, stages.

create function graph_tag(tenant uuid, contact uuid, tags text[], changed_at timestamptz) returns void
language plpgsql as $$
begin
  delete from graph_edges where tenant_id = tenant and from_id = contact and kind = 'TAGGED'
    and to_id <> all (array(select graph_node_id('tag', t) from unnest(tags) as t));
  perform graph_add_nodes(tenant, 'tag', array(select graph_node_id('tag', t) from unnest(tags) as t), tags);
  insert into graph_edges (tenant_id, kind, from_type, from_id, to_type, to_id, source_id, contact_id, occurred_at)
  select distinct tenant, 'TAGGED', 'contact', contact, 'tag', graph_node_id('tag', t), contact, contact, changed_at
  from unnest(tags) as t
  on conflict do nothing;
end $$;
create function graph_on_contact() returns trigger language plpgsql as $$
begin
  if new.deleted_at is not null then
    delete from graph_edges where tenant_id = new.tenant_id and contact_id = new.id and kind in ('TAGGED', 'IN_LIST', 'IN_PIPELINE');
  else
    perform graph_tag(new.tenant_id, new.id, new.tags, now());
  end if;
  return null;
end $$;
create trigger graph_insert after insert on contacts for each row when (new.tags <> '{}') execute function graph_on_contact();
create trigger graph_update after update of tags, deleted_at on contacts for each row
  when (old.tags <> new.tags or old.deleted_at is distinct from new.deleted_at) execute function graph_on_contact();

create function graph_on_list_member() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    delete from graph_edges where tenant_id = old.tenant_id and from_id = old.contact_id and kind = 'IN_LIST'
      and to_id = old.list_id;
    return null;
  end if;
  perform graph_add_nodes(l.tenant_id, 'list', array[l.id], array[l.name])
  from contact_lists l where l.tenant_id = new.tenant_id and l.id = new.list_id;
  insert into graph_edges (tenant_id, kind, from_type, from_id, to_type, to_id, source_id, contact_id, occurred_at)
  values (new.tenant_id, 'IN_LIST', 'contact', new.contact_id, 'list', new.list_id, new.list_id, new.contact_id, new.added_at)
  on conflict do nothing;
  return null;
end $$;
create trigger graph_change after insert or delete on contact_list_members
  for each row execute function graph_on_list_member();

create function graph_on_list_gone() returns trigger language plpgsql as $$
begin
  perform graph_remove(new.tenant_id, new.id);
  return null;
end $$;
create trigger graph_gone after update of deleted_at on contact_lists for each row
  when (old.deleted_at is null and new.deleted_at is not null) execute function graph_on_list_gone();

create function graph_on_stage() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or new.exited_at is not null then
    delete from graph_edges where tenant_id = old.tenant_id and from_id = old.contact_id and kind = 'IN_PIPELINE'
      and to_id = old.status_id and source_id = old.id;
    return null;
  end if;
  perform graph_add_nodes(s.tenant_id, 'status', array[s.id], array[s.name])
  from pipeline_statuses s where s.tenant_id = new.tenant_id and s.id = new.status_id;
  insert into graph_edges (tenant_id, kind, from_type, from_id, to_type, to_id, source_id, contact_id, occurred_at, properties)
  values (new.tenant_id, 'IN_PIPELINE', 'contact', new.contact_id, 'status', new.status_id, new.id, new.contact_id,
    new.entered_at, jsonb_build_object('pipeline_id', new.pipeline_id))
  on conflict do nothing;
  return null;
end $$;
create trigger graph_insert after insert on contact_stages for each row when (new.exited_at is null)
  execute function graph_on_stage();
create trigger graph_update after update of exited_at on contact_stages for each row
  when (old.exited_at is null and new.exited_at is not null) execute function graph_on_stage();
create trigger graph_delete after delete on contact_stages for each row execute function graph_on_stage();

-- Who answers: every change of the handler, and who served in which session.

create function graph_handler(tenant uuid, handler text, agent uuid, name text) returns uuid
language plpgsql as $$
declare
  node uuid := coalesce(agent, graph_node_id('agent', case when handler = 'human' and name is not null
    then 'person:' || graph_key(name) else handler end));
begin
  if agent is not null then select a.name into name from agents a where a.tenant_id = tenant and a.id = agent; end if;
  perform graph_add_nodes(tenant, 'agent', array[node], array[coalesce(name, handler)]);
  return node;
end $$;
create function graph_on_handler() returns trigger language plpgsql as $$
declare
  before uuid := graph_handler(old.tenant_id, old.handler, old.assigned_agent_id, old.handler_name);
  after uuid := graph_handler(new.tenant_id, new.handler, new.assigned_agent_id, new.handler_name);
begin
  if before = after then return null; end if;
  insert into graph_edges (tenant_id, kind, from_type, from_id, to_type, to_id, source_id, contact_id, occurred_at, properties)
  values (new.tenant_id, 'TRANSFERRED_TO', 'agent', before, 'agent', after, gen_random_uuid(), new.contact_id,
    clock_timestamp(), jsonb_build_object('conversation_id', new.id, 'handler', new.handler, 'version', new.handler_version));
  return null;
end $$;
create trigger graph_update after update of handler, assigned_agent_id, handler_name on conversations for each row
  when (old.handler <> new.handler or old.assigned_agent_id is distinct from new.assigned_agent_id
    or (new.handler = 'human' and old.handler_name is distinct from new.handler_name))
  execute function graph_on_handler();

create function graph_on_agent_session() returns trigger language plpgsql as $$
begin
  perform graph_add_nodes(a.tenant_id, 'agent', array[a.id], array[a.name])
  from agents a where a.tenant_id = new.tenant_id and a.id = new.agent_id;
  insert into graph_edges (tenant_id, kind, from_type, from_id, to_type, to_id, source_id, contact_id, occurred_at, properties)
  select new.tenant_id, 'ASSIGNED_TO', case when new.session_id is null then 'contact' else 'session' end,
    coalesce(new.session_id, c.contact_id), 'agent', new.agent_id, new.id, c.contact_id, new.joined_at,
    jsonb_build_object('conversation_id', c.id, 'role', new.role, 'source', new.source)
  from conversations c where c.tenant_id = new.tenant_id and c.id = new.conversation_id
  on conflict do nothing;
  return null;
end $$;
create trigger graph_insert after insert on agent_sessions for each row execute function graph_on_agent_session();

-- What is there already. The owner of the tables may be an ordinary role, which forced row security would show nothing.
do $$
declare
  name text;
  tables text[] := array['contacts', 'sessions', 'messages', 'memory_index', 'memory_facts', 'session_summaries',
    'retention_offers', 'contact_lists', 'contact_list_members', 'pipeline_statuses', 'contact_stages', 'agents',
    'agent_sessions', 'conversations', 'graph_nodes', 'graph_words', 'graph_edges'];
begin
  foreach name in array tables loop execute format('alter table %I no force row level security', name); end loop;

  insert into graph_edges (tenant_id, kind, from_type, from_id, to_type, to_id, source_id, contact_id, occurred_at)
  select tenant_id, 'HAS_SESSION', 'contact', contact_id, 'session', id, id, contact_id, started_at from sessions
  union all
  select tenant_id, 'CONTAINS', 'session', session_id, 'message', id, id, contact_id, sent_at
  from messages where deleted_at is null and content_type <> 'system'
  union all
  select tenant_id, 'REPLY_TO', 'message', id, 'message', reply_to_id, id, contact_id, sent_at
  from messages where deleted_at is null and reply_to_id is not null;
  perform graph_add_ads(tenant_id, contact_id, id, sent_at, metadata -> 'tracking') from messages where metadata ? 'tracking';
  -- By the triggers, which know how.
  update retention_offers set status = status;
  update session_summaries set summary = summary;
  update memory_facts set subject = subject;
  perform graph_tag(tenant_id, id, tags, created_at) from contacts where tags <> '{}' and deleted_at is null;
  perform graph_add_nodes(l.tenant_id, 'list', array[l.id], array[l.name]) from contact_lists l;
  insert into graph_edges (tenant_id, kind, from_type, from_id, to_type, to_id, source_id, contact_id, occurred_at)
  select tenant_id, 'IN_LIST', 'contact', contact_id, 'list', list_id, list_id, contact_id, added_at from contact_list_members;
  perform graph_add_nodes(s.tenant_id, 'status', array[s.id], array[s.name]) from pipeline_statuses s;
  insert into graph_edges (tenant_id, kind, from_type, from_id, to_type, to_id, source_id, contact_id, occurred_at, properties)
  select tenant_id, 'IN_PIPELINE', 'contact', contact_id, 'status', status_id, id, contact_id, entered_at,
    jsonb_build_object('pipeline_id', pipeline_id) from contact_stages where exited_at is null;
  perform graph_add_nodes(a.tenant_id, 'agent', array[a.id], array[a.name])
  from agents a where exists (select from agent_sessions s where s.tenant_id = a.tenant_id and s.agent_id = a.id);
  insert into graph_edges (tenant_id, kind, from_type, from_id, to_type, to_id, source_id, contact_id, occurred_at, properties)
  select s.tenant_id, 'ASSIGNED_TO', case when s.session_id is null then 'contact' else 'session' end,
    coalesce(s.session_id, c.contact_id), 'agent', s.agent_id, s.id, c.contact_id, s.joined_at,
    jsonb_build_object('conversation_id', c.id, 'role', s.role, 'source', s.source)
  from agent_sessions s join conversations c on c.tenant_id = s.tenant_id and c.id = s.conversation_id;
  perform graph_link(i) from memory_index i;

  foreach name in array tables loop execute format('alter table %I force row level security', name); end loop;
end $$;
