-- $1 tenant, $2 session
select s.id::text as "sessionId", s.contact_id::text as "contactId", s.conversation_id::text as "conversationId",
  s.started_at as "startedAt", coalesce(s.ended_at, s.last_activity_at) as "endedAt", p.timezone,
  x.summary, x.topics, x.outcome, x.next_steps as "nextSteps", x.sentiment,
  array(select entity ->> 'name' from jsonb_array_elements(x.key_entities) as entity) as entities
from session_summaries x
join sessions s on s.tenant_id = x.tenant_id and s.id = x.session_id
join projects p on p.id = x.tenant_id
where x.tenant_id = $1::uuid and x.session_id = $2::uuid
