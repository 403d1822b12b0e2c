-- Why a person was asked for, in the agent's words. $1 tenant, $2 contact
update conversations set handler_reason = null
where tenant_id = $1::uuid and contact_id = $2::uuid and handler_reason is not null
