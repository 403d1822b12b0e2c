-- $1 label, $2 label of the beginnings, $3 of the ends, $4 the edges as JSON, $5 run. An end that is not in the graph any more
-- (a deleted contact) leaves its edge out.
select graph_project_edges($1, $2, $3, $4::jsonb, $5::uuid) as written
