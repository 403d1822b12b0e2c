-- Prepared: planned once a connection.
-- $1 tenant, $2 turn
select message_id as id from message_group_messages where tenant_id = $1::uuid and group_id = $2::uuid
