-- $1 tenant, $2 conversation, $3 most messages, $4 reasons for which a turn could only say that a person comes. What its customer wrote in the open session and nobody answered, the newest,
-- oldest first. In the order in which it came to us: the phone's clock says nothing about who waited for whom. A reply of
-- the agents answers what was there when its turn began, and not what was written while they thought; a line that says no more
-- than that they could not answer is none.
select * from (
  select m.id as "messageId", m.session_id as "sessionId", m.conversation_id as "conversationId",
    case when e.status in ('pending', 'processing') then e.id end as "enrichmentId", m.content_type as "mediaKind",
    h.ai_enabled and h.ai_agents_enabled and h.is_enabled as "agentsEnabled", h.debounce_timeout_ms as "debounceMs",
    s.timeout_minutes * 60000 as "sessionTimeoutMs",
    (select p.double_text from people_settings p where p.tenant_id = $1::uuid) as "doubleText", m.created_at
  from messages m
  join sessions s on s.tenant_id = m.tenant_id and s.id = m.session_id and s.status = 'active' and s.deleted_at is null
  join channels h on h.tenant_id = m.tenant_id and h.id = m.channel_id
  left join message_enrichments e on e.tenant_id = m.tenant_id and e.message_id = m.id
  where m.tenant_id = $1::uuid and m.conversation_id = $2::uuid and not m.from_me and m.chat_id is null
    and m.deleted_at is null and m.import_id is null and m.content_type <> 'system'
    and not exists (
      select from messages a
      left join message_groups g on g.tenant_id = a.tenant_id and g.id = a.group_id
      left join decision_records d on d.tenant_id = a.tenant_id and d.group_id = a.group_id
      where a.tenant_id = $1::uuid and a.session_id = m.session_id and a.from_me and a.deleted_at is null
        and a.status not in ('cancelled', 'failed')
        and not (a.source = 'bot' and coalesce(d.outcome = 'handed_over' and d.outcome_reason = any ($4::text[]), false))
        and coalesce(g.started_at, a.created_at) >= m.created_at)
  order by m.created_at desc, m.id desc
  limit $3::int
) newest
order by created_at, "messageId"
