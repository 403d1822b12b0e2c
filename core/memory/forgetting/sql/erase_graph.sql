-- What people did with the contact stays: tags, lists, stages, who served. A node that nobody else is connected with goes too,
-- because it is named after what was said. $1 tenant, $2 contact
with unnamed as (
  delete from graph_nodes n using (
    select distinct to_id from graph_edges where tenant_id = $1::uuid and contact_id = $2::uuid
  ) own
  where n.tenant_id = $1::uuid and n.id = own.to_id and n.type in ('entity', 'topic', 'offer', 'ad')
    and not exists (select from graph_edges e
      where e.tenant_id = $1::uuid and e.to_id = n.id and e.contact_id is distinct from $2::uuid)
)
delete from graph_edges
where tenant_id = $1::uuid and contact_id = $2::uuid
  and kind not in ('TAGGED', 'IN_LIST', 'IN_PIPELINE', 'ASSIGNED_TO', 'TRANSFERRED_TO')
