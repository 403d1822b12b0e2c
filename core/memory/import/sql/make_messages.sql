-- Messages of the past with what they count for. One that arrived by the channel meanwhile stays as it is.
-- $1 tenant, $2 channel, $3 import or null, $4 agent of what nobody in particular said, $5 JSON of the messages
with given as materialized (
  select * from jsonb_to_recordset($5::jsonb) as r (id uuid, contact_id uuid, conversation_id uuid, session_id uuid,
    from_me boolean, agent_id uuid, content_type text, text text, channel_message_id text, reply_to text, metadata jsonb,
    sent_at timestamptz)
), stored as (
  insert into messages (id, tenant_id, channel_id, contact_id, conversation_id, session_id, from_me, content_type, text,
    channel_message_id, reply_to_channel_message_id, reply_to_id, status, source, agent_id, metadata, sent_at,
    delivered_at, import_id)
  select g.id, $1::uuid, $2::uuid, g.contact_id, g.conversation_id, g.session_id, g.from_me, g.content_type, g.text,
    g.channel_message_id, g.reply_to,
    coalesce((select q.id from given q where q.channel_message_id = g.reply_to limit 1),
      (select m.id from messages m where m.tenant_id = $1::uuid and m.channel_id = $2::uuid
        and m.channel_message_id = g.reply_to and m.deleted_at is null limit 1)),
    case when g.from_me then 'sent' else 'delivered' end, 'history_import',
    coalesce(g.agent_id, $4::uuid), g.metadata, g.sent_at,
    case when g.from_me then null else g.sent_at end, $3::uuid
  from given g
  on conflict (channel_id, channel_message_id) where channel_message_id is not null and deleted_at is null do nothing
  returning session_id, contact_id, from_me, sent_at
), counted as (
  update sessions s
  set message_count = s.message_count + c.messages,
    messages_from_contact = s.messages_from_contact + c.messages - c.from_us,
    messages_from_agent = s.messages_from_agent + c.from_us,
    started_at = least(s.started_at, c.first_at),
    last_activity_at = greatest(s.last_activity_at, c.last_at),
    ended_at = case when s.ended_at is null then null else greatest(s.ended_at, c.last_at) end,
    updated_at = now()
  from (select session_id, count(*)::int as messages, (count(*) filter (where from_me))::int as from_us,
    min(sent_at) as first_at, max(sent_at) as last_at from stored group by session_id order by session_id) c
  where s.tenant_id = $1::uuid and s.id = c.session_id
), seen as (
  update contacts k
  set first_interaction_at = least(k.first_interaction_at, c.first_at),
    last_interaction_at = greatest(k.last_interaction_at, c.last_at)
  from (select contact_id, min(sent_at) as first_at, max(sent_at) as last_at from stored group by contact_id
    order by contact_id) c
  where k.tenant_id = $1::uuid and k.id = c.contact_id
)
select count(*)::int as stored from stored
