-- Prepared: planned once a connection.
-- What the agents said in the last turns of a turn's session, and to which words of the customer. $1 tenant, $2 turn, $3 most turns
select string_agg(m.text, E'\n' order by m.reply_part) as text,
  coalesce((select string_agg(c.text, E'\n' order by gm.position)
    from message_group_messages gm
    join messages c on c.tenant_id = gm.tenant_id and c.id = gm.message_id and not c.from_me
    where gm.tenant_id = $1::uuid and gm.group_id = g.id), '') as "customerText"
from (
  select id from message_groups
  where tenant_id = $1::uuid and id < $2::uuid
    and session_id = (select session_id from message_groups where tenant_id = $1::uuid and id = $2::uuid)
  order by id desc limit $3::int
) g
join messages m on m.tenant_id = $1::uuid and m.group_id = g.id and m.source = 'bot' and m.status not in ('cancelled', 'failed')
group by g.id
