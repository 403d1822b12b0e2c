-- $1 tenant, $2 conversation, $3 its contact, $4 most
select e.from_id::text as "fromId", f.name as "fromName", e.to_id::text as "toId", t.name as "toName",
  e.properties ->> 'handler' as handler, e.occurred_at as "transferredAt"
from graph_edges e
left join graph_nodes f on f.tenant_id = $1::uuid and f.id = e.from_id
left join graph_nodes t on t.tenant_id = $1::uuid and t.id = e.to_id
where e.tenant_id = $1::uuid and e.contact_id = $3::uuid and e.kind = 'TRANSFERRED_TO'
  and e.properties ->> 'conversation_id' = $2::uuid::text
order by e.occurred_at, (e.properties ->> 'version')::int
limit $4::int
