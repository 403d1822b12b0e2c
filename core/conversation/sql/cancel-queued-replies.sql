-- $1 tenant, $2 conversation. What is `sending` already has left our hands.
update messages
set status = 'cancelled', failure_reason = 'handled_by_human', updated_at = now()
where tenant_id = $1::uuid and conversation_id = $2::uuid and source = 'bot' and status = 'queued'
returning id
