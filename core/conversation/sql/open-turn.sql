-- $1 tenant, $2 group, $3 conversation, $4 messages, $5 kind, $6 handler version, $7 status, $8 those of the messages that had a
-- turn without an answer and are handed back: the one they are handed back to last is theirs
with latest as (
  select session_id from messages
  where tenant_id = $1::uuid and id = any ($4::uuid[])
  order by sent_at desc, id desc limit 1
), opened as (
  insert into message_groups (id, tenant_id, conversation_id, session_id, kind, handler_version, status, completed_at)
  select $2::uuid, $1::uuid, $3::uuid, session_id, $5, $6::int, $7, case when $7 = 'completed' then now() end from latest
  returning id
)
insert into message_group_messages (tenant_id, message_id, kind, group_id, position)
select $1::uuid, m.id, case when m.id = any ($8::uuid[]) then 'handed_back' else $5 end, opened.id,
  row_number() over (order by m.sent_at, m.id)
from messages m, opened
where m.tenant_id = $1::uuid and m.id = any ($4::uuid[])
on conflict (tenant_id, message_id, kind) do update set group_id = excluded.group_id, position = excluded.position
where message_group_messages.kind = 'handed_back'
