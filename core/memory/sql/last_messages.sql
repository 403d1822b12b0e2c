-- The last messages of a contact that say something, oldest first. $1 tenant, $2 contact, $3 how many, $4 characters of each
select * from (
  select m.id::text as id, m.session_id::text as "sessionId", m.from_me as "fromMe",
    m.metadata ->> 'speaker' as speaker, m.content_type as "contentType", m.sent_at as "sentAt",
    left(said.text, $4::int) as text, length(said.text) > $4::int as "isCut"
  from messages m
  left join message_enrichments e on e.tenant_id = m.tenant_id and e.message_id = m.id and e.status = 'completed'
  cross join lateral (select concat_ws(E'\n', nullif(m.text, ''), nullif(e.extracted_text, '')) as text) said
  where m.tenant_id = $1::uuid
    and m.contact_id = $2::uuid
    and m.deleted_at is null
    and m.content_type <> 'system'
    and said.text <> ''
    and not exists (
      select from memory_contacts k
      where k.tenant_id = m.tenant_id and k.contact_id = m.contact_id and k.forgotten_until >= m.created_at)
  order by m.sent_at desc, m.id desc
  limit $3::int
) last
order by "sentAt", id
