-- Finds or makes the conversation and the active session of a contact on a channel.
-- $1 tenant, $2 channel, $3 contact, $4 chat address for a new conversation, $5 new conversation id, $6 new session id
with made as (
  insert into conversations (id, tenant_id, channel_id, contact_id, external_chat_id)
  values ($5::uuid, $1::uuid, $2::uuid, $3::uuid, $4)
  on conflict (tenant_id, channel_id, contact_id) do update set updated_at = now()
  returning id
), opened as (
  insert into sessions (id, tenant_id, contact_id, channel_id, conversation_id, pipeline_id, timeout_minutes, started_at,
    last_activity_at)
  select $6::uuid, $1::uuid, $3::uuid, channel.id, made.id, channel.pipeline_id,
         coalesce(pipeline.session_timeout_minutes, channel.session_timeout_minutes, project.session_timeout_minutes),
         now(), now()
  from made
  join channels channel on channel.tenant_id = $1::uuid and channel.id = $2::uuid
  join projects project on project.id = $1::uuid
  left join pipelines pipeline
    on pipeline.tenant_id = $1::uuid and pipeline.id = channel.pipeline_id and pipeline.deleted_at is null
  on conflict (tenant_id, conversation_id, coalesce(chat_id, '00000000-0000-0000-0000-000000000000'::uuid))
    where status = 'active' and deleted_at is null
    do update set updated_at = now()
  returning id, timeout_minutes
)
select made.id as "conversationId", opened.id as "sessionId", opened.timeout_minutes as "timeoutMinutes"
from made, opened
