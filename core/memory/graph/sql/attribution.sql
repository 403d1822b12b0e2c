-- $1 tenant, $2 contact, $3 most
select e.to_id::text as "adId", n.name, e.source_id::text as "messageId", e.occurred_at as "cameAt",
  e.properties ->> 'source' as source, e.properties ->> 'app' as app, e.properties ->> 'ad_id' as "externalAdId",
  e.properties ->> 'click_id' as "clickId"
from graph_edges e
join graph_nodes n on n.tenant_id = $1::uuid and n.id = e.to_id
where e.tenant_id = $1::uuid and e.contact_id = $2::uuid and e.kind in ('CAME_FROM_CAMPAIGN', 'IN_CAMPAIGN')
order by e.occurred_at
limit $3::int
