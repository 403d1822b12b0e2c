-- Sessions of the contacts that the messages may belong to: by name, or near them in time.
-- $1 tenant, $2 channel, $3 JSON [{contact_id, from, to, names}] with the gap already added
select s.id::text as id, s.contact_id::text as "contactId", s.import_key as "importKey", s.started_at as "startedAt",
  s.last_activity_at as "lastActivityAt"
from jsonb_to_recordset($3::jsonb) as near (contact_id uuid, "from" timestamptz, "to" timestamptz, names text[])
join sessions s on s.tenant_id = $1::uuid and s.contact_id = near.contact_id and s.channel_id = $2::uuid
  and s.chat_id is null and s.deleted_at is null
  and ((s.started_at <= near."to" and s.last_activity_at >= near."from") or s.import_key = any (near.names))
