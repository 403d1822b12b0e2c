-- Over the graph: what this contact has, and who has it too. Bounded: the 300 latest of its own, 500 contacts of each.
-- $1 tenant, $2 contact, $3 limit
with own as (
  select e.node_id, min(n.type) as type, min(n.name) as name
  from (
    select node_id, occurred_at from graph_edges
    where tenant_id = $1::uuid and contact_id = $2::uuid and node_id is not null
      and kind in ('TAGGED', 'IN_LIST', 'IN_PIPELINE', 'CAME_FROM_CAMPAIGN', 'IN_CAMPAIGN', 'DISCUSSED_TOPIC', 'MENTIONS')
    order by kind in ('MENTIONS', 'DISCUSSED_TOPIC'), occurred_at desc limit 1000
  ) e
  join graph_nodes n on n.tenant_id = $1::uuid and n.id = e.node_id
  -- The tag that every contact of the channel gets is nobody's.
  where n.type in ('tag', 'list', 'status', 'ad', 'campaign', 'topic', 'entity') and not (n.type = 'tag' and n.name = 'whatsapp')
  group by e.node_id
  limit 300
), met as (
  select own.*, other.contact_id,
    -- Two who share what nobody else has are more alike than two of a thousand.
    case own.type when 'ad' then 3 when 'campaign' then 3 when 'list' then 2 when 'status' then 2 when 'tag' then 1
      when 'topic' then 1 else 0.5 end * ln(2) / ln(1 + count(*) over (partition by own.node_id)) as score
  from own cross join lateral (
    select distinct bounded.contact_id from (
      select contact_id from graph_edges e
      where e.tenant_id = $1::uuid and e.to_id = own.node_id and e.contact_id is not null and e.contact_id <> $2::uuid
      limit 500
    ) bounded
  ) other
), ranked as (
  select m.contact_id, sum(m.score)::float8 as score from met m
  where exists (select from contacts c where c.tenant_id = $1::uuid and c.id = m.contact_id and c.deleted_at is null)
  group by m.contact_id order by score desc, m.contact_id desc limit $3::int
), shared as (
  select m.contact_id,
    case m.type when 'status' then 'stage' when 'ad' then 'campaign' else m.type end as kind,
    array_agg(ltrim(m.name, '#') order by m.score desc, m.name) as names
  from met m join ranked r on r.contact_id = m.contact_id
  group by 1, 2
)
select c.id::text as id, c.name, r.score,
  (select json_agg(json_build_object('kind', s.kind, 'names', s.names[:20], 'count', cardinality(s.names)) order by s.kind)
   from shared s where s.contact_id = c.id) as shared
from ranked r join contacts c on c.tenant_id = $1::uuid and c.id = r.contact_id
order by r.score desc, c.id desc
