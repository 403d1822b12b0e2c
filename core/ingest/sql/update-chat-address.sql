-- $1 tenant, $2 conversation, $3 the address the contact now writes from
update conversations set external_chat_id = $3, updated_at = now()
where tenant_id = $1::uuid and id = $2::uuid
