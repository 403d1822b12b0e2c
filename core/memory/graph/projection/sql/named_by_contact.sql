-- Names in the graph that a contact is connected with. $1 tenant, $2 contact
select coalesce(array_agg(distinct node_id::text), '{}') as ids
from graph_edges where tenant_id = $1::uuid and contact_id = $2::uuid and node_id is not null
