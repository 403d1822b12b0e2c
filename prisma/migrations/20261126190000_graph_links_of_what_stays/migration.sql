-- A message may name what a retention or an erasure is deleting at that moment, because nothing else is connected with it. It is
-- not linked with that then: the edge would have nothing to point to, and the message be refused with it.
create or replace function graph_link(i memory_index) returns void language plpgsql as $$
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
    for key share skip locked
  ) n
  limit 50
  on conflict do nothing;
end $$;
