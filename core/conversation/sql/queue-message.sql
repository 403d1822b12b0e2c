-- Prepared: planned once a connection.
-- $1 id, $2 tenant, $3 channel, $4 contact, $5 conversation, $6 session, $7 content type, $8 text, $9 URL, $10 type and $11
-- name of its medium, $12 its id on the channel, $13 message it replies to, $14 source, $15 agent, $16 turn, $17 part of a reply,
-- $18 metadata, $19 now. What may be missing is null.
with queued as (
  insert into messages (id, tenant_id, channel_id, contact_id, conversation_id, session_id, from_me, content_type, text, media_url,
    media_mimetype, media_filename, channel_message_id, reply_to_id, status, source, agent_id, group_id, reply_part, metadata,
    sent_at)
  values ($1::uuid, $2::uuid, $3::uuid, $4::uuid, $5::uuid, $6::uuid, true, $7, $8, $9, $10, $11, $12, $13::uuid, 'queued', $14,
    $15::uuid, $16::uuid, $17::smallint, $18::jsonb, $19::timestamptz)
)
update sessions
set message_count = message_count + 1, messages_from_agent = messages_from_agent + 1, last_activity_at = $19::timestamptz,
  updated_at = $19::timestamptz
where tenant_id = $2::uuid and id = $6::uuid
