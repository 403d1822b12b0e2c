-- $1 tenant, $2 conversation, $3 handler, $4 name, $5 reason, $6 the person it is assigned to or null
with before as (
  select assigned_agent_id from conversations where tenant_id = $1::uuid and id = $2::uuid for no key update
)
update conversations
set handler = $3,
    handler_name = $4,
    handler_reason = $5,
    handler_version = handler_version + 1,
    handler_changed_at = now(),
    assigned_agent_id = $6::uuid,
    escalations = 0,
    updated_at = now()
from before
where tenant_id = $1::uuid and id = $2::uuid
returning channel_id as "channelId", contact_id as "contactId", handler_version as "handlerVersion",
  before.assigned_agent_id as "assignedBefore"
