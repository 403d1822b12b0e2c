-- Where Apache AGE is installed: the graph `ventros_graph`, its labels, and the only ways to write to them. Run by the owner of
-- the tables with every migration, because the extension may come later. Changes nothing that is there.
do $prepare$
declare
  label text;
  kind "char";
  field text;
begin
  if not exists (select from pg_available_extensions where name = 'age') then return; end if;
  begin
    create extension if not exists age;
  exception when insufficient_privilege then
    raise notice 'Apache AGE is there, but this role may not create it: run "create extension age" as a superuser';
    return;
  end;
  -- AGE looks its own operators up by their names.
  perform set_config('search_path', 'ag_catalog, public', true);
  if not exists (select from ag_catalog.ag_graph where name = 'ventros_graph') then
    perform ag_catalog.create_graph('ventros_graph');
  end if;
  for label, kind in
    select unnest(array['Contact', 'Session', 'Message', 'Fact', 'Document', 'Entity', 'Topic', 'Tag', 'List', 'Status', 'Agent',
      'Offer', 'Ad', 'Campaign']), 'v'
    union all
    select unnest(array['HAS_SESSION', 'CONTAINS', 'REPLY_TO', 'MENTIONS', 'HAS_FACT', 'HAS_PREFERENCE', 'HAS_OBJECTION',
      'SAID_IN', 'DISCUSSED_TOPIC', 'RECEIVED_OFFER', 'OFFERED_IN', 'TAGGED', 'IN_LIST', 'IN_PIPELINE', 'ASSIGNED_TO',
      'TRANSFERRED_TO', 'CAME_FROM_CAMPAIGN', 'IN_CAMPAIGN']), 'e'
  loop
    continue when exists (
      select from ag_catalog.ag_label l join ag_catalog.ag_graph g on g.graphid = l.graph
      where g.name = 'ventros_graph' and l.name = label);
    -- As literals: releases of AGE differ in the types of these arguments.
    execute format('select ag_catalog.create_%slabel(''ventros_graph'', %L)', kind, label);
    execute format('create unique index on ventros_graph.%I ((properties operator(ag_catalog.->>) ''"key"''::ag_catalog.agtype))',
      label);
    execute format('create index on ventros_graph.%I ((properties operator(ag_catalog.->>) ''"tenant_id"''::ag_catalog.agtype),
      (properties operator(ag_catalog.->>) ''"run"''::ag_catalog.agtype))', label);
    execute format('create index on ventros_graph.%I ((properties operator(ag_catalog.->>) ''"contact_id"''::ag_catalog.agtype))',
      label);
  end loop;
  -- Read by Cypher as the tenant, which row security holds to; written by the functions below alone.
  for label in
    select c.relname from pg_class c where c.relnamespace = 'ventros_graph'::regnamespace and c.relkind = 'r'
      and not c.relrowsecurity
  loop
    execute format('alter table ventros_graph.%I enable row level security', label);
    execute format('create policy tenant_isolation on ventros_graph.%I for select to ventros_app using (
      (properties operator(ag_catalog.->>) ''"tenant_id"''::ag_catalog.agtype) = current_tenant_id()::text)', label);
    execute format('grant select on ventros_graph.%I to ventros_app', label);
  end loop;
  grant usage on schema ag_catalog, ventros_graph to ventros_app;
  grant select on ag_catalog.ag_graph, ag_catalog.ag_label to ventros_app;

  -- They run as the owner, whom the policies do not hold: an index of what only row security may see first is never used.
  -- The tenant is the transaction's, never an argument; labels are those above; everything else is a value.
  execute $function$
    create or replace function public.graph_project_vertices(label text, given jsonb, run uuid) returns integer
    language plpgsql security definer set search_path = pg_catalog, ag_catalog, public, pg_temp as $body$
    declare
      written integer;
    begin
      if not exists (
        select from ag_label l join ag_graph g on g.graphid = l.graph
        where g.name = 'ventros_graph' and l.name = label and l.kind = 'v' and l.name !~ '^_ag') then
        raise exception 'there is no vertex label %', label using errcode = '22023';
      end if;
      execute format($sql$
        insert into ventros_graph.%I (properties)
        select (jsonb_strip_nulls(v.properties) || jsonb_strip_nulls(jsonb_build_object('key', $2 || '/' || v.id, 'id', v.id,
          'tenant_id', $2, 'contact_id', v.contact_id, 'run', $3)))::text::agtype
        from jsonb_to_recordset($1) as v(id uuid, contact_id uuid, properties jsonb)
        on conflict ((properties ->> '"key"'::agtype)) do update set properties = excluded.properties
      $sql$, label) using given, current_tenant_id()::text, run;
      get diagnostics written = row_count;
      return written;
    end $body$
  $function$;
  execute $function$
    create or replace function public.graph_project_edges(label text, from_label text, to_label text, given jsonb, run uuid)
    returns integer
    language plpgsql security definer set search_path = pg_catalog, ag_catalog, public, pg_temp as $body$
    declare
      written integer;
    begin
      if exists (
        select from (values (label, 'e'), (from_label, 'v'), (to_label, 'v')) as wanted(name, kind)
        where not exists (
          select from ag_label l join ag_graph g on g.graphid = l.graph
          where g.name = 'ventros_graph' and l.name = wanted.name and l.kind::text = wanted.kind and l.name !~ '^_ag')
      ) then
        raise exception 'there is no edge label % from % to %', label, from_label, to_label using errcode = '22023';
      end if;
      execute format($sql$
        insert into ventros_graph.%I (start_id, end_id, properties)
        select s.id, t.id, (jsonb_strip_nulls(e.properties) || jsonb_strip_nulls(jsonb_build_object(
          'key', concat_ws('/', $2, e.from_id, e.to_id, e.source_id), 'tenant_id', $2, 'contact_id', e.contact_id,
          'occurred_at', e.occurred_at, 'run', $3)))::text::agtype
        from jsonb_to_recordset($1) as e(from_id uuid, to_id uuid, source_id uuid, contact_id uuid, occurred_at timestamptz,
          properties jsonb)
        cross join lateral (
          select v.id from ventros_graph.%I v where (v.properties ->> '"key"'::agtype) = $2 || '/' || e.from_id limit 1) s
        cross join lateral (
          select v.id from ventros_graph.%I v where (v.properties ->> '"key"'::agtype) = $2 || '/' || e.to_id limit 1) t
        on conflict ((properties ->> '"key"'::agtype)) do update
          set start_id = excluded.start_id, end_id = excluded.end_id, properties = excluded.properties
      $sql$, label, from_label, to_label) using given, current_tenant_id()::text, run;
      get diagnostics written = row_count;
      return written;
    end $body$
  $function$;
  -- Removes at most so many of the tenant's edges, then vertices, that this run did not write again.
  execute $function$
    create or replace function public.graph_project_sweep(run uuid, most integer) returns integer
    language plpgsql security definer set search_path = pg_catalog, ag_catalog, public, pg_temp as $body$
    declare
      label name;
      gone integer;
      removed integer := 0;
    begin
      for label in
        select l.name from ag_label l join ag_graph g on g.graphid = l.graph
        where g.name = 'ventros_graph' and l.name !~ '^_ag' order by l.kind = 'v', l.name
      loop
        execute format($sql$
          with old as (
            select ctid from ventros_graph.%1$I
            where (properties ->> '"tenant_id"'::agtype) = $1 and (properties ->> '"run"'::agtype) < $2 limit $3
          ) delete from ventros_graph.%1$I using old where %1$I.ctid = old.ctid
        $sql$, label) using current_tenant_id()::text, run::text, most - removed;
        get diagnostics gone = row_count;
        removed := removed + gone;
        exit when removed >= most;
      end loop;
      return removed;
    end $body$
  $function$;
  -- A contact's edges, and its vertices but itself, and those of names that nothing is connected with any more.
  execute $function$
    create or replace function public.graph_project_forget(contact uuid, names uuid[]) returns integer
    language plpgsql security definer set search_path = pg_catalog, ag_catalog, public, pg_temp as $body$
    declare
      label name;
      gone integer;
      removed integer := 0;
    begin
      for label in
        select l.name from ag_label l join ag_graph g on g.graphid = l.graph
        where g.name = 'ventros_graph' and l.name !~ '^_ag' and l.name <> 'Contact' order by l.kind = 'v', l.name
      loop
        execute format($sql$
          delete from ventros_graph.%I
          where ((properties ->> '"contact_id"'::agtype) = $2::text and (properties ->> '"tenant_id"'::agtype) = $1)
            or (properties ->> '"key"'::agtype) = any (array(select $1 || '/' || n from unnest($3) as n))
        $sql$, label) using current_tenant_id()::text, contact, names;
        get diagnostics gone = row_count;
        removed := removed + gone;
      end loop;
      return removed;
    end $body$
  $function$;
  revoke all on function public.graph_project_vertices, public.graph_project_edges, public.graph_project_sweep,
    public.graph_project_forget from public;
  grant execute on function public.graph_project_vertices, public.graph_project_edges, public.graph_project_sweep,
    public.graph_project_forget to ventros_app;
end $prepare$;
