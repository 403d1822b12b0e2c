-- Prepared: planned once a connection.
-- $1 tenant, $2 why, $3 turn, or else $4 conversation and $5 the turn of it that goes on, if any
update approvals
set status = 'cancelled', reason = $2, resolved_at = clock_timestamp()
where tenant_id = $1::uuid and status = 'pending'
  and case when $3::uuid is not null then group_id = $3::uuid
    else conversation_id = $4::uuid and group_id is distinct from $5::uuid end
returning id, group_id as "groupId", conversation_id as "conversationId", tool, step, call_id as "callId"
