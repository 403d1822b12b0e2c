-- Prepared: planned once a connection.
-- The latest texts of a conversation's customer and agents, newest first, by when they came to us: the phone's clock says
-- nothing about who waited for whom. $1 tenant, $2 conversation, $3 most messages
select m.from_me as "fromBot", coalesce(m.text, '') as text, m.created_at as at
from messages m
where m.tenant_id = $1::uuid and m.conversation_id = $2::uuid and m.deleted_at is null and m.chat_id is null
  and (not m.from_me or m.source = 'bot') and m.status <> 'cancelled' and m.import_id is null
order by m.created_at desc, m.id desc
limit $3::int
