-- The graph copied to Apache AGE, where that is installed (core/memory/graph/projection/sql/prepare.sql).
create table graph_projections (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  status text not null default 'queued' check (status in ('queued', 'running', 'completed', 'failed')),
  vertices_done integer not null default 0,
  edges_done integer not null default 0,
  -- what an earlier projection left and the graph does not have any more
  removed integer not null default 0,
  position jsonb not null default '{}',
  error_code text,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  unique (tenant_id, id)
);
-- one at a time
create unique index graph_projections_running_key on graph_projections (tenant_id) where finished_at is null;
select enable_tenant_isolation('graph_projections');

-- Every node with what the projection shows of it: no texts of messages and facts, which stay where they are erased.
create view graph_vertices with (security_invoker = true) as
select c.tenant_id, 'contact' as type, c.id, c.id as contact_id,
  jsonb_build_object('name', c.name, 'tags', c.tags, 'whatsapp_id', (
    select i.value from contact_identities i where i.tenant_id = c.tenant_id and i.contact_id = c.id
    order by i.kind, i.value limit 1)) as properties
from contacts c where c.deleted_at is null
union all
select s.tenant_id, 'session', s.id, s.contact_id,
  jsonb_build_object('channel', h.type, 'status', s.status, 'sentiment', z.sentiment,
    'duration_seconds', extract(epoch from coalesce(s.ended_at, s.last_activity_at) - s.started_at)::bigint)
from sessions s
join channels h on h.tenant_id = s.tenant_id and h.id = s.channel_id
left join session_summaries z on z.tenant_id = s.tenant_id and z.session_id = s.id
where s.deleted_at is null
union all
select m.tenant_id, 'message', m.id, m.contact_id,
  jsonb_build_object('direction', case when m.from_me then 'outbound' else 'inbound' end, 'content_type', m.content_type)
from messages m where m.deleted_at is null and m.content_type <> 'system'
union all
select f.tenant_id, 'fact', f.id, f.contact_id,
  jsonb_build_object('fact_type', f.fact_type, 'confidence', f.confidence)
from memory_facts f where f.invalidated_at is null and (f.superseded_by is null or f.valid_to > now())
union all
select d.tenant_id, 'document', d.id, d.contact_id, jsonb_build_object('content_type', d.type)
from memory_index d where d.kind = 'document'
union all
select n.tenant_id, n.type, n.id, o.contact_id,
  jsonb_build_object('name', n.name, 'discount_percent', o.discount_percent, 'duration_months', o.duration_months,
    'status', o.status)
from graph_nodes n
left join retention_offers o on o.tenant_id = n.tenant_id and o.id = n.id and n.type = 'offer';
grant select on graph_vertices to ventros_app;
