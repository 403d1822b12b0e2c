-- $1 tenant, $2 conversation, $3 handler, $4 name, $5 reason
update conversations
set handler = $3,
    handler_name = $4,
    handler_reason = $5,
    handler_version = handler_version + 1,
    handler_changed_at = now(),
    updated_at = now()
where tenant_id = $1::uuid and id = $2::uuid
returning channel_id as "channelId", contact_id as "contactId", handler_version as "handlerVersion"
