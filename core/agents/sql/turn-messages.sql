-- Prepared: planned once a connection.
-- $1 tenant, $2 turn
-- A medium read after the turn began is unread for it, however long the turn takes: it gets a turn of its own.
select m.id, m.from_me as "fromMe", m.content_type as "contentType", m.text, m.sent_at as "sentAt",
  case when e.completed_at > d.started_at then 'processing' else e.status end as "enrichmentStatus",
  case when e.completed_at > d.started_at then null else e.extracted_text end as "extractedText",
  e.error_code as "errorCode"
from message_group_messages gm
join messages m on m.tenant_id = gm.tenant_id and m.id = gm.message_id
left join message_enrichments e on e.tenant_id = m.tenant_id and e.message_id = m.id
left join decision_records d on d.tenant_id = gm.tenant_id and d.group_id = gm.group_id
where gm.tenant_id = $1::uuid and gm.group_id = $2::uuid
order by gm.position
