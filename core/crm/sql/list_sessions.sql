-- $1 tenant, $2 session, $3 contact, $4 conversation, $5 status, $6 and $7 started_at and id after which to go on, $8 limit,
-- $9 channel, $10 chat, $11 and $12 begin and end of a time in which it started, $13 sentiment, $14 whether it was resolved,
-- $15 words of its summary, as people type them
select s.id,
       s.contact_id as "contactId",
       s.channel_id as "channelId",
       s.conversation_id as "conversationId",
       s.chat_id as "chatId",
       s.status,
       s.end_reason as "endReason",
       s.timeout_minutes as "timeoutMinutes",
       s.started_at as "startedAt",
       s.ended_at as "endedAt",
       s.last_activity_at as "lastActivityAt",
       s.message_count as "messageCount",
       s.messages_from_contact as "messagesFromContact",
       s.messages_from_agent as "messagesFromAgent",
       case when x.session_id is not null then jsonb_build_object('summary', x.summary, 'topics', x.topics,
         'sentiment', x.sentiment, 'sentiment_score', x.sentiment_score, 'outcome', x.outcome, 'resolved', x.resolved,
         'escalated', x.escalated, 'converted', x.converted, 'next_steps', x.next_steps, 'key_entities', x.key_entities,
         'language', x.language, 'model', x.model, 'created_at', to_char(x.created_at at time zone 'utc',
           'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) end as "summary",
       s.started_at::text as "position"
from sessions s
left join session_summaries x on x.tenant_id = s.tenant_id and x.session_id = s.id
where s.tenant_id = $1::uuid
  and s.deleted_at is null
  and ($2::uuid is null or s.id = $2::uuid)
  and ($3::uuid is null or s.contact_id = $3::uuid)
  and ($4::uuid is null or s.conversation_id = $4::uuid)
  and ($5::text is null or s.status = $5)
  and ($9::uuid is null or s.channel_id = $9::uuid)
  and ($10::uuid is null or s.chat_id = $10::uuid)
  and ($11::timestamptz is null or s.started_at >= $11::timestamptz)
  and ($12::timestamptz is null or s.started_at < $12::timestamptz)
  and ($13::text is null or x.sentiment = $13)
  and ($14::boolean is null or x.resolved = $14::boolean)
  and ($15::text is null
    or to_tsvector('pt_br', concat_ws(' ', x.summary, array_to_string(x.topics, ' '))) @@ websearch_to_tsquery('pt_br', $15))
  and ($6::timestamptz is null or (s.started_at, s.id) < ($6::timestamptz, $7::uuid))
order by s.started_at desc, s.id desc
limit $8::integer
