-- $1 tenant, $2 message, $3 contact, $4 channel, $5 conversation, $6 session, $7 status, $8 from me, $9 words,
-- $10 and $11 sent_at and id after which to go on, $12 limit
select m.id,
       m.channel_id as "channelId",
       m.contact_id as "contactId",
       m.conversation_id as "conversationId",
       m.session_id as "sessionId",
       m.chat_id as "chatId",
       m.from_me as "fromMe",
       m.content_type as "contentType",
       m.text,
       m.media_id as "mediaId",
       m.media_url as "mediaUrl",
       m.media_mimetype as "mediaMimetype",
       m.media_filename as "mediaFilename",
       m.channel_message_id as "channelMessageId",
       m.reply_to_id as "replyToId",
       m.mentions,
       m.status,
       m.failure_reason as "failureReason",
       m.source,
       m.agent_id as "agentId",
       m.group_id as "groupId",
       m.metadata,
       m.sent_at as "sentAt",
       m.delivered_at as "deliveredAt",
       m.read_at as "readAt",
       m.played_at as "playedAt",
       m.created_at as "createdAt",
       e.id as "enrichmentId",
       e.status as "enrichmentStatus",
       e.extracted_text as "enrichmentText",
       m.sent_at::text as "position"
from messages m
left join message_enrichments e on e.tenant_id = m.tenant_id and e.message_id = m.id
where m.tenant_id = $1::uuid
  and m.deleted_at is null
  and ($2::uuid is null or m.id = $2::uuid)
  and ($3::uuid is null or m.contact_id = $3::uuid)
  and ($4::uuid is null or m.channel_id = $4::uuid)
  and ($5::uuid is null or m.conversation_id = $5::uuid)
  and ($6::uuid is null or m.session_id = $6::uuid)
  and ($7::text is null or m.status = $7)
  and ($8::boolean is null or m.from_me = $8)
  -- As ids, so that each side uses its own index; a condition over both tables would read every message.
  and (
    $9::text is null
    or m.id in (
      select said.id from messages said
      where said.tenant_id = $1::uuid and said.search @@ websearch_to_tsquery('pt_br', $9)
      union all
      select seen.message_id from message_enrichments seen
      where seen.tenant_id = $1::uuid and seen.message_id is not null and seen.search @@ websearch_to_tsquery('pt_br', $9)
    )
  )
  and ($10::timestamptz is null or (m.sent_at, m.id) < ($10::timestamptz, $11::uuid))
order by m.sent_at desc, m.id desc
limit $12::integer
