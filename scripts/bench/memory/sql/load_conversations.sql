-- Conversations of one contact each, with their sessions. $1 tenant, $2 channel, $3 contacts, $4 conversations, $5 sessions and
-- $6 the place of each one's contact in $3 (from 1)
with made_contacts as (
  insert into contacts (id, tenant_id, name) select id, $1::uuid, 'Cliente' from unnest($3::uuid[]) as id
),
made_conversations as (
  insert into conversations (id, tenant_id, channel_id, contact_id, external_chat_id)
  select conversation, $1::uuid, $2::uuid, contact, contact || '@c.us'
  from unnest($3::uuid[], $4::uuid[]) as given(contact, conversation)
),
made_memories as (
  insert into memory_contacts (tenant_id, contact_id) select $1::uuid, id from unnest($3::uuid[]) as id
)
insert into sessions (id, tenant_id, contact_id, channel_id, conversation_id, status, end_reason, timeout_minutes, started_at,
  ended_at, last_activity_at)
select session, $1::uuid, ($3::uuid[])[place], $2::uuid, ($4::uuid[])[place], 'ended', 'inactivity_timeout', 30, now(), now(),
  now()
from unnest($5::uuid[], $6::int[]) as given(session, place)
