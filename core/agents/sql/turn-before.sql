-- Prepared: planned once a connection.
-- The turn right before, if an agent was chosen for it. $1 tenant, $2 turn, $3 session, null for the turn's own, $4 confidence
-- from which an intent is sure
with before as not materialized (
  select id from message_groups
  where tenant_id = $1::uuid and id < $2::uuid
    and session_id = coalesce($3::uuid, (select session_id from message_groups where tenant_id = $1::uuid and id = $2::uuid))
)
select d.intent, d.intent_confidence as confidence, d.agent_id::text as "agentId",
  (select s.intent from before o
    join decision_records s on s.tenant_id = $1::uuid and s.group_id = o.id
    where s.intent_confidence >= $4::float8
    order by o.id desc limit 1) as "lastSure",
  coalesce((select m.text ~ '\?[^[:alnum:]]*$' from messages m
    where m.tenant_id = $1::uuid and m.group_id = g.id and m.source = 'bot'
    order by m.reply_part desc limit 1), false) as "endedInQuestion"
from (select id from before order by id desc limit 1) g
join decision_records d on d.tenant_id = $1::uuid and d.group_id = g.id
