-- Prepared: planned once a connection.
-- Makes what is missing of contact, conversation, group chat and session. $1 one JSON object, read below; ids are made
-- by the caller, `found_*` are the ones that exist. A part that somebody else made meanwhile comes back null: read again.
with wanted as materialized (
  select *
  from jsonb_to_record($1::jsonb) as wanted (
    tenant_id uuid, channel_id uuid, source_channel text, found_contact_id uuid, new_contact_id uuid, name text,
    phone text, external_chat_id text, found_conversation_id uuid, new_conversation_id uuid,
    group_address text, found_chat_id uuid, new_chat_id uuid, new_session_id uuid, pipeline_id uuid,
    timeout_minutes integer, seen_at timestamptz)
), new_contact as (
  insert into contacts (id, tenant_id, name, phone, source_channel, language, timezone, tags, first_interaction_at,
    last_interaction_at)
  select new_contact_id, tenant_id, wanted.name, phone, source_channel, project.language, project.timezone,
    '{whatsapp}', seen_at, seen_at
  from wanted
  join projects project on project.id = wanted.tenant_id
  where found_contact_id is null
  on conflict do nothing
  returning id
), contact as (
  select id from new_contact
  union all
  select found_contact_id from wanted where found_contact_id is not null
), new_conversation as (
  insert into conversations (id, tenant_id, channel_id, contact_id, external_chat_id)
  select new_conversation_id, tenant_id, channel_id, contact.id, external_chat_id
  from wanted, contact
  where found_conversation_id is null
  on conflict do nothing
  returning id
), conversation as (
  select id from new_conversation
  union all
  select found_conversation_id from wanted where found_conversation_id is not null
), new_chat as (
  insert into chats (id, tenant_id, channel_id, type, external_id)
  select new_chat_id, tenant_id, channel_id, 'group', group_address
  from wanted
  where group_address is not null and found_chat_id is null
  on conflict do nothing
  returning id
), chat as (
  select id from new_chat
  union all
  select found_chat_id from wanted where found_chat_id is not null
), new_session as (
  insert into sessions (id, tenant_id, contact_id, channel_id, conversation_id, chat_id, pipeline_id, timeout_minutes,
    started_at, last_activity_at)
  select new_session_id, tenant_id, contact.id, channel_id, conversation.id, chat.id, pipeline_id, timeout_minutes,
    seen_at, seen_at
  from wanted
  join contact on true
  join conversation on true
  left join chat on true
  where group_address is null or chat.id is not null
  on conflict do nothing
  returning id
)
select
  (select id from contact) as contact_id,
  (select id from conversation) as conversation_id,
  (select id from chat) as chat_id,
  (select id from new_session) as session_id
