-- Prepared: planned once a connection.
-- $1 tenant, $2 turn, $3 id, $4 conversation, $5 the other columns as JSON. The turn is under way from here on.
with opened as (
  insert into decision_records (id, tenant_id, group_id, conversation_id, agent, agent_id, agent_version_id, voice_version_id,
    route_reason, tools_offered, prompt_version, signals, rules, intent, intent_confidence, intent_scores, intent_router,
    intent_inherited, memory_query, context, workflow_id, run_id)
  select $3::uuid, $1::uuid, $2::uuid, $4::uuid, agent, "agentId", "agentVersionId", "voiceVersionId", "routeReason",
    "toolsOffered", "promptVersion", signals, rules, intent, "intentConfidence", "intentScores", "intentRouter",
    "intentInherited", "memoryQuery", context, "workflowId", "runId"
  from jsonb_to_record($5::jsonb) as r(agent text, "agentId" uuid, "agentVersionId" uuid, "voiceVersionId" uuid,
    "routeReason" text, "toolsOffered" text[], "promptVersion" text, signals jsonb, rules jsonb, intent text,
    "intentConfidence" float8, "intentScores" jsonb, "intentRouter" text, "intentInherited" boolean, "memoryQuery" text,
    context jsonb, "workflowId" text, "runId" text)
)
update message_groups set status = 'processing'
where tenant_id = $1::uuid and id = $2::uuid and status = 'pending'
