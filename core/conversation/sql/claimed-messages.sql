-- $1 tenant, $2 messages, $3 kind. Of a message that was handed back, its newest turn.
select distinct on (gm.message_id) gm.message_id as "messageId", gm.kind, gm.group_id as "groupId", g.status,
  g.handler_version as "handlerVersion"
from message_group_messages gm
join message_groups g on g.tenant_id = gm.tenant_id and g.id = gm.group_id
where gm.tenant_id = $1::uuid and gm.message_id = any ($2::uuid[])
  and (gm.kind = $3 or ($3 = 'messages' and gm.kind = 'handed_back'))
order by gm.message_id, g.id desc
