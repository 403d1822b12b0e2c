-- An ended private session of a channel with agents that has no summary yet, with its last $3 messages that say something
-- and are not forgotten, oldest first. $1 tenant, $2 session, $3 most messages
select s.id::text as "sessionId", s.contact_id::text as "contactId", s.conversation_id::text as "conversationId",
  s.started_at as "startedAt", coalesce(c.timezone, p.timezone) as timezone, c.language, coalesce(said.messages, '[]') as messages
from sessions s
join contacts c on c.tenant_id = s.tenant_id and c.id = s.contact_id and c.deleted_at is null
join projects p on p.id = s.tenant_id
join channels ch on ch.tenant_id = s.tenant_id and ch.id = s.channel_id and ch.ai_enabled and ch.ai_agents_enabled
left join memory_contacts k on k.tenant_id = s.tenant_id and k.contact_id = s.contact_id
cross join lateral (
  select jsonb_agg(jsonb_build_object('fromMe', m.from_me, 'sentAt', m.sent_at, 'text', m.text) order by m.sent_at, m.id)
    as messages
  from (
    select m.id, m.from_me, m.sent_at, concat_ws(E'\n', nullif(m.text, ''), nullif(e.extracted_text, '')) as text
    from messages m
    left join message_enrichments e on e.tenant_id = m.tenant_id and e.message_id = m.id and e.status = 'completed'
    where m.tenant_id = s.tenant_id and m.session_id = s.id and m.deleted_at is null and m.content_type <> 'system'
      and m.status not in ('failed', 'cancelled')
      and (k.forgotten_until is null or m.created_at > k.forgotten_until)
      and concat(m.text, e.extracted_text) <> ''
    order by m.sent_at desc, m.id desc
    limit $3::int
  ) m
) said
where s.tenant_id = $1::uuid and s.id = $2::uuid and s.status <> 'active' and s.deleted_at is null and s.chat_id is null
  and not exists (select from session_summaries x where x.tenant_id = s.tenant_id and x.session_id = s.id)
