-- Prepared: planned once a connection.
-- $1 tenant, $2 enrichment
select e.tenant_id as "tenantId", e.id, e.message_id as "messageId", e.contact_id as "contactId", e.conversation_id as "conversationId",
  e.media_id as "mediaId", e.media_url as "mediaUrl", e.file_name as "fileName", e.content_type as "contentType",
  e.context, e.status, e.deferred_until as "deferredUntil", e.metadata, e.priority, f.sha256, f.size_bytes::int as "sizeBytes", f.mime_type as "mimeType",
  m.media_mimetype as "declaredMimeType", m.channel_id as "channelId", m.text as caption, m.contact_id as "messageContactId",
  m.conversation_id as "messageConversationId",
  -- The project's settings first, the channel's own after them.
  (select coalesce(jsonb_agg(s.settings order by s.channel_id nulls first), '[]') from media_settings s
   where s.tenant_id = e.tenant_id and (s.channel_id is null or s.channel_id = m.channel_id)) as "mediaLevels"
from message_enrichments e
left join media_files f on f.tenant_id = e.tenant_id and f.id = e.media_id
left join messages m on m.tenant_id = e.tenant_id and m.id = e.message_id
where e.tenant_id = $1::uuid and e.id = $2::uuid
