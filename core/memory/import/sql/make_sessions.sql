-- Sessions of the past: ended, so that no timer waits for them. $1 tenant, $2 channel, $3 JSON, $4 gap in minutes
insert into sessions (id, tenant_id, contact_id, channel_id, conversation_id, status, end_reason, timeout_minutes,
  import_key, started_at, last_activity_at, ended_at)
select r.id, $1::uuid, r.contact_id, $2::uuid, r.conversation_id, 'ended', 'inactivity_timeout', $4::int,
  r.import_key, r.started_at, r.ended_at, r.ended_at
from jsonb_to_recordset($3::jsonb) as r (id uuid, contact_id uuid, conversation_id uuid, import_key text,
  started_at timestamptz, ended_at timestamptz)
