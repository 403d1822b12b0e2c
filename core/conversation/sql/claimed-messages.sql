-- $1 tenant, $2 messages, $3 kind
select gm.message_id as "messageId", gm.group_id as "groupId", g.status
from message_group_messages gm
join message_groups g on g.tenant_id = gm.tenant_id and g.id = gm.group_id
where gm.tenant_id = $1::uuid and gm.message_id = any ($2::uuid[]) and gm.kind = $3
