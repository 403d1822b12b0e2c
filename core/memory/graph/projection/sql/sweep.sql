-- $1 run, $2 most
select graph_project_sweep($1::uuid, $2::int) as removed
