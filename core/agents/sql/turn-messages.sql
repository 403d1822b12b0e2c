-- $1 tenant, $2 turn
select m.id, m.from_me as "fromMe", m.content_type as "contentType", m.text, m.sent_at as "sentAt",
  e.status as "enrichmentStatus", e.extracted_text as "extractedText", e.error_code as "errorCode"
from message_group_messages gm
join messages m on m.tenant_id = gm.tenant_id and m.id = gm.message_id
left join message_enrichments e on e.tenant_id = m.tenant_id and e.message_id = m.id
where gm.tenant_id = $1::uuid and gm.group_id = $2::uuid
order by gm.position
