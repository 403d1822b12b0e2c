-- From a message up to what began its thread, and from there down to all answers. $1 tenant, $2 message, $3 most steps each
-- way, $4 most messages
with recursive up as (
  select $2::uuid as id, 0 as steps
  union
  select e.to_id, up.steps + 1 from up
  join graph_edges e on e.tenant_id = $1::uuid and e.from_id = up.id and e.kind = 'REPLY_TO'
  where up.steps < $3::int
),
root as (select id from up order by steps desc limit 1),
down as (
  select id, 0 as depth, null::uuid as reply_to_id from root
  union all
  select e.from_id, down.depth + 1, down.id from down
  join graph_edges e on e.tenant_id = $1::uuid and e.to_id = down.id and e.kind = 'REPLY_TO'
  where down.depth < $3::int
),
bounded as materialized (select * from down limit $4::int)
select m.id::text as "messageId", b.reply_to_id::text as "replyToId", b.depth, m.from_me as "fromMe",
  m.content_type as "contentType", m.text, m.sent_at as "sentAt"
from bounded b join messages m on m.tenant_id = $1::uuid and m.id = b.id and m.deleted_at is null
order by b.depth, m.sent_at, m.id
