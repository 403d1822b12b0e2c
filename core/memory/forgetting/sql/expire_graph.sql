-- $1 tenant, $2 days, $3 most edges
with old as (
  select from_id, kind, to_id, source_id from graph_edges
  where tenant_id = $1::uuid and occurred_at < now() - make_interval(days => $2::int)
    and kind not in ('TAGGED', 'IN_LIST', 'IN_PIPELINE', 'ASSIGNED_TO', 'TRANSFERRED_TO')
  limit $3::int
)
delete from graph_edges e using old
where e.tenant_id = $1::uuid and e.from_id = old.from_id and e.kind = old.kind and e.to_id = old.to_id
  and e.source_id = old.source_id
