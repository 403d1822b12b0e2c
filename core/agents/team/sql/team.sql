-- Prepared: planned once a connection.
-- $1 tenant. The AI agents, switched on or off, each with the version that is active.
select a.id as "agentId", a.key, v.id as "versionId", coalesce(v.number, 0) as "versionNumber", v.profile,
  a.is_active as "isActive"
from agents a
left join agent_versions v on v.tenant_id = a.tenant_id and v.agent_id = a.id and v.is_active
where a.tenant_id = $1::uuid and a.type = 'ai' and a.key is not null and a.deleted_at is null
order by a.key
