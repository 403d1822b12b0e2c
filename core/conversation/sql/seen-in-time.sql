-- $1 tenant, $2 messages
select gm.message_id as "messageId"
from message_group_messages gm
join decision_records d on d.tenant_id = gm.tenant_id and d.group_id = gm.group_id
join message_enrichments e on e.tenant_id = gm.tenant_id and e.message_id = gm.message_id
where gm.tenant_id = $1::uuid and gm.message_id = any ($2::uuid[]) and gm.kind in ('messages', 'handed_back')
  and e.completed_at <= d.started_at
