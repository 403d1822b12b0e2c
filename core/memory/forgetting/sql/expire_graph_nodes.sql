-- Names of what nothing is connected with any more. $1 tenant, $2 days (whatever their age), $3 most nodes
delete from graph_nodes
where tenant_id = $1::uuid and $2::int is not null and id in (
  select n.id from graph_nodes n
  where n.tenant_id = $1::uuid and n.type in ('entity', 'topic', 'offer', 'ad')
    and not exists (select from graph_edges e where e.tenant_id = $1::uuid and e.to_id = n.id)
  limit $3::int)
