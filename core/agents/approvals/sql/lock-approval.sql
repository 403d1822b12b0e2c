-- $1 tenant, $2 approval
select a.group_id as "turnId", a.conversation_id as "conversationId", a.step, a.call_id as "callId", a.tool, a.status,
  a.on_expiry as "onExpiry", a.expires_at <= clock_timestamp() as "isOver",
  greatest(0, ceil(extract(epoch from a.expires_at - clock_timestamp()) * 1000))::int as "remainingMs",
  a.edited_input as "editedInput", a.response, a.reason,
  c.handler_version <> g.handler_version or g.status in ('completed', 'expired') as "isTakenOver"
from approvals a
join message_groups g on g.tenant_id = a.tenant_id and g.id = a.group_id
join conversations c on c.tenant_id = a.tenant_id and c.id = a.conversation_id
where a.tenant_id = $1::uuid and a.id = $2::uuid
for update of a
