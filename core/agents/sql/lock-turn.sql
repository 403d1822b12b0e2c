-- Prepared: planned once a connection.
-- $1 tenant, $2 turn. The lock of `lockConversation`, which a hand-over and an interruption take, before anything else of the
-- turn is read.
select c.id from conversations c
join message_groups g on g.tenant_id = c.tenant_id and g.conversation_id = c.id
where g.tenant_id = $1::uuid and g.id = $2::uuid
for no key update of c
