-- Prepared: planned once a connection.
-- $1 tenant, $2 turn. What single rows say of a turn: whom it is with and what binds it, its decision record, the agent that
-- answers in the version that it began with, the coordinator's voice, and what the tenant set for single tools.
select g.conversation_id as "conversationId", c.channel_id as "channelId", c.contact_id as "contactId",
  g.session_id as "sessionId", c.external_chat_id as "externalChatId", k.name as "contactName",
  k.deleted_at is not null as "isContactDeleted", p.name as company,
  p.timezone, c.handler, c.handler_version as "handlerVersion", g.handler_version as "turnHandlerVersion", g.status,
  case when d.id is not null then json_build_object('agentId', d.agent_id, 'agentVersionId', d.agent_version_id,
    'voiceVersionId', d.voice_version_id, 'rules', d.rules, 'flags', d.flags, 'intentConfidence', d.intent_confidence,
    'signals', d.signals, 'context', d.context, 'memoryQuery', d.memory_query, 'toolsOffered', d.tools_offered,
    'outcome', d.outcome) end as record,
  a.key as "agentKey", v.number as "versionNumber", v.profile as "agentProfile", w.profile ->> 'instructions' as voice,
  s.tool_policies as "toolPolicies"
from message_groups g
join conversations c on c.tenant_id = g.tenant_id and c.id = g.conversation_id
join contacts k on k.tenant_id = c.tenant_id and k.id = c.contact_id
join projects p on p.id = g.tenant_id
left join decision_records d on d.tenant_id = g.tenant_id and d.group_id = g.id
left join agents a on a.tenant_id = d.tenant_id and a.id = d.agent_id
left join agent_versions v on v.tenant_id = d.tenant_id and v.id = d.agent_version_id
left join agent_versions w on w.tenant_id = d.tenant_id and w.id = d.voice_version_id
left join approval_settings s on s.tenant_id = g.tenant_id
where g.tenant_id = $1::uuid and g.id = $2::uuid
