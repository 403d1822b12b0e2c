-- $1 tenant, $2 fact
select m.id::text as "messageId", m.conversation_id::text as "conversationId", m.session_id::text as "sessionId",
  m.sent_at as "sentAt",
  case when m.deleted_at is null then nullif(concat_ws(E'\n', nullif(m.text, ''), nullif(e.extracted_text, '')), '') end as text,
  case when m.deleted_at is null then f.evidence_quotes ->> m.id::text end as quote
from memory_facts f
join messages m on m.tenant_id = f.tenant_id and m.id = any (f.evidence_message_ids)
left join message_enrichments e on e.tenant_id = m.tenant_id and e.message_id = m.id and e.status = 'completed'
where f.tenant_id = $1::uuid and f.id = $2::uuid
order by m.sent_at, m.id
