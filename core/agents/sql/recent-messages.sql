-- Prepared: planned once a connection.
-- Of the conversation of a turn. $1 tenant, $2 turn, whose own messages are left out, $3 most messages, $4 only what was there
-- before, or null
select * from (
  select m.id, m.from_me as "fromMe", m.content_type as "contentType", m.text, m.sent_at as "sentAt",
    e.status as "enrichmentStatus", e.extracted_text as "extractedText", e.error_code as "errorCode"
  from messages m
  left join message_enrichments e on e.tenant_id = m.tenant_id and e.message_id = m.id
  where m.tenant_id = $1::uuid
    and m.conversation_id = (select conversation_id from message_groups where tenant_id = $1::uuid and id = $2::uuid)
    and m.deleted_at is null and m.status <> 'cancelled' and m.chat_id is null
    and ($4::timestamptz is null or m.created_at < $4::timestamptz)
    and not exists (
      select from memory_contacts k
      where k.tenant_id = m.tenant_id and k.contact_id = m.contact_id and k.forgotten_until >= m.created_at)
    and not exists (
      select 1 from message_group_messages gm
      where gm.tenant_id = m.tenant_id and gm.message_id = m.id and gm.group_id = $2::uuid)
  order by m.sent_at desc, m.id desc
  limit $3::int
) latest
order by "sentAt", id
