-- $1 tenant, $2 contact or null, $3 group or null, $4 kind or null, $5 id after which to go on, $6 limit
select g.id, c.contact_id as "contactId", g.conversation_id as "conversationId", g.session_id as "sessionId", g.kind as type,
  g.status, g.started_at as "startedAt", g.completed_at as "completedAt",
  count(m.id)::int as "messageCount",
  coalesce(jsonb_agg(jsonb_build_object('id', m.id, 'content_type', m.content_type, 'text', m.text,
    'enrichment_status', e.status, 'enrichment_text', left(e.extracted_text, 4000)) order by gm.position)
    filter (where m.id is not null), '[]') as messages
from message_groups g
join conversations c on c.tenant_id = g.tenant_id and c.id = g.conversation_id
left join message_group_messages gm on gm.tenant_id = g.tenant_id and gm.group_id = g.id
left join messages m on m.tenant_id = gm.tenant_id and m.id = gm.message_id and m.deleted_at is null
left join message_enrichments e on e.tenant_id = m.tenant_id and e.message_id = m.id
where g.tenant_id = $1::uuid
  and ($2::uuid is null or c.contact_id = $2::uuid)
  and ($3::uuid is null or g.id = $3::uuid)
  and ($4::text is null or g.kind = $4)
  and ($5::uuid is null or g.id < $5::uuid)
group by g.id, g.tenant_id, c.contact_id
order by g.id desc
limit $6::int
