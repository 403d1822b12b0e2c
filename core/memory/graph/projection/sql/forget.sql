-- $1 tenant, $2 contact, $3 names it was connected with: those that are gone from the graph go from the projection
select graph_project_forget($2::uuid, array(
  select id from unnest($3::uuid[]) as id
  where not exists (select from graph_nodes n where n.tenant_id = $1::uuid and n.id = id))) as removed
