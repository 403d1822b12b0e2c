-- $1 tenant, $2 contact. The people who are switched on, with what they have to do.
select a.id, a.name, a.role, a.status, a.skills, a.languages, a.priority, a.max_sessions as "maxSessions",
  (extract(epoch from a.last_assigned_at) * 1000)::float8 as "lastAssignedAtMs",
  (select count(*)::int from conversations c where c.tenant_id = $1::uuid and c.assigned_agent_id = a.id) as sessions,
  exists (
    select from agent_sessions s join conversations c on c.tenant_id = s.tenant_id and c.id = s.conversation_id
    where s.tenant_id = $1::uuid and s.agent_id = a.id and c.contact_id = $2::uuid
  ) as "hasServedBefore"
from agents a
where a.tenant_id = $1::uuid and a.type = 'human' and a.is_active and a.deleted_at is null
