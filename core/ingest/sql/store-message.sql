-- Prepared: planned once a connection.
-- The message, what it counts for, and its events: all or nothing. $1 the message as one JSON object, $2 its events,
-- $3 the tenant (a parameter for the reason given in find-thread.sql).
-- A session that is no longer active stores nothing (session_open false), neither does a message that is known already
-- (stored false). Rows are locked in the same order for every message (session, contact), so that no two of them wait
-- for each other, and only as far as new rows may still refer to them: a turn that is being opened does. The channel's
-- row, which all its messages share, is left alone: see count-messages.sql.
with incoming as materialized (
  select *
  from jsonb_to_record($1::jsonb) as incoming (
    id uuid, tenant_id uuid, channel_id uuid, contact_id uuid, conversation_id uuid, session_id uuid, chat_id uuid,
    from_me boolean, content_type text, text text, media_url text, media_mimetype text, media_filename text,
    channel_message_id text, reply_to_channel_message_id text, reply_to_id uuid, mentions text[], status text,
    source text, agent_id uuid, metadata jsonb, sent_at timestamptz, delivered_at timestamptz,
    enrichment_id uuid, enrichment_type text, enrichment_priority integer)
), open_session as materialized (
  select session.id
  from sessions session
  join incoming on session.tenant_id = $3::uuid and session.id = incoming.session_id
  where session.status = 'active'
  for no key update of session
), stored as (
  insert into messages (id, tenant_id, channel_id, contact_id, conversation_id, session_id, chat_id, from_me,
    content_type, text, media_url, media_mimetype, media_filename, channel_message_id, reply_to_channel_message_id,
    reply_to_id, mentions, status, source, agent_id, metadata, sent_at, delivered_at)
  select incoming.id, tenant_id, channel_id, contact_id, conversation_id, session_id, chat_id, from_me,
    content_type, text, media_url, media_mimetype, media_filename, channel_message_id, reply_to_channel_message_id,
    reply_to_id, mentions, status, source, agent_id, metadata, sent_at, delivered_at
  from incoming
  join open_session on true
  on conflict (channel_id, channel_message_id) where channel_message_id is not null and deleted_at is null do nothing
  returning id
), new_enrichment as (
  insert into message_enrichments (id, tenant_id, message_id, contact_id, conversation_id, media_url, file_name,
    content_type, priority)
  select enrichment_id, tenant_id, incoming.id, contact_id, conversation_id, media_url, media_filename,
    enrichment_type, enrichment_priority
  from incoming
  join stored on true
  where enrichment_id is not null
), new_events as (
  insert into outbox_events (event_id, tenant_id, aggregate_type, aggregate_id, event_type, event_data, metadata)
  select event_id, tenant_id, aggregate_type, aggregate_id, event_type, event_data, metadata
  from stored,
    jsonb_to_recordset($2::jsonb) as event (position integer, event_id uuid, tenant_id uuid, aggregate_type text,
      aggregate_id uuid, event_type text, event_data jsonb, metadata jsonb)
  order by position
), counted_session as (
  update sessions session
  set message_count = message_count + 1,
    messages_from_contact = messages_from_contact + (not incoming.from_me)::integer,
    messages_from_agent = messages_from_agent + incoming.from_me::integer,
    last_activity_at = greatest(last_activity_at, incoming.sent_at),
    updated_at = now()
  from incoming, stored
  where session.tenant_id = $3::uuid and session.id = incoming.session_id
  returning session.id
), seen_contact as (
  update contacts contact
  set first_interaction_at = least(first_interaction_at, incoming.sent_at),
    last_interaction_at = greatest(last_interaction_at, incoming.sent_at)
  from incoming, counted_session
  where contact.tenant_id = $3::uuid and contact.id = incoming.contact_id
)
select exists (select from open_session) as session_open, exists (select from stored) as stored
