-- Prepared: planned once a connection.
-- Everything one message touches, in one look. Each look-up is a LIMIT 1 of its own, so that it stays one step into a
-- unique index whatever the planner believes: joined freely, tables without statistics were scanned once per row.
-- Every look-up names the tenant by the parameter: what row security compares with is known to the planner, and for a
-- tenant that is newer than the statistics it expected one row and read all of them.
-- Plain parameters and no arrays, too: of an array the planner knows the length only while it plans for one execution, so
-- the plan for all of them would look dearer than it is and not be kept.
-- $1 tenant, $2 channel, $3 number as a contact holds it and $4 its other spelling, $5 and $6 the same of the protocol
-- address, $7 hidden id (digits all, each may be null), $8 group address or null, $9 id of the message in the channel,
-- $10 id of the message it replies to or null, $11 kind of content
select
  channel.ai_enabled,
  channel.ai_agents_enabled and channel.is_enabled as ai_agents_enabled,
  channel.allow_groups,
  coalesce((media.settings ->> 'debounceMs')::integer, channel.debounce_timeout_ms) as debounce_timeout_ms,
  coalesce((media.settings ->> 'enabled')::boolean, true) as media_enabled,
  (media.settings ->> 'priority')::integer as media_priority,
  channel.pipeline_id,
  (select people.double_text from people_settings people where people.tenant_id = $1::uuid limit 1) as double_text,
  coalesce(pipeline.session_timeout_minutes, channel.session_timeout_minutes, project.session_timeout_minutes)
    as timeout_minutes,
  exists (
    select from messages known
    where known.tenant_id = $1::uuid and known.channel_id = channel.id and known.channel_message_id = $9
      and known.deleted_at is null
  ) as is_duplicate,
  (
    select quoted.id from messages quoted
    where quoted.tenant_id = $1::uuid and quoted.channel_id = channel.id and quoted.channel_message_id = $10
      and quoted.deleted_at is null
  ) as reply_to_id,
  contact.id as contact_id,
  contact.name as contact_name,
  contact.phone as contact_phone,
  array(
    select identity.kind || ':' || identity.value from contact_identities identity
    where identity.tenant_id = $1::uuid and identity.contact_id = contact.id
  ) as identities,
  conversation.id as conversation_id,
  conversation.external_chat_id,
  chat.id as chat_id,
  session.id as session_id,
  session.timeout_minutes as session_timeout_minutes,
  session.last_activity_at as session_last_activity_at
from channels channel
join projects project on project.id = channel.tenant_id
left join pipelines pipeline
  on pipeline.tenant_id = channel.tenant_id and pipeline.id = channel.pipeline_id and pipeline.deleted_at is null
left join lateral (
  -- what the project says about this kind of medium, and over it what the channel says
  select coalesce(
    (select common.settings -> $11::text from media_settings common
      where common.tenant_id = $1::uuid and common.channel_id is null limit 1), '{}')
    || coalesce((select own.settings -> $11::text from media_settings own
      where own.tenant_id = $1::uuid and own.channel_id = channel.id limit 1), '{}') as settings
) media on true
left join lateral (
  select found.id, found.name, found.phone
  from (
    -- 1: the number, 2: the hidden id, 3: a contact that was made by hand with this number
    select owned.contact_id, case wanted.kind when 'waha_lid' then 2 else 1 end as preference
    from (values ('waha_wid', $3::text), ('waha_wid', $4::text), ('waha_jid', $5::text), ('waha_jid', $6::text),
      ('waha_lid', $7::text)) as wanted (kind, value)
    cross join lateral (
      select identity.contact_id
      from contact_identities identity
      where identity.tenant_id = $1::uuid and identity.kind = wanted.kind and identity.value = wanted.value
      limit 1
    ) owned
    union all
    select numbered.id, 3
    from (values ('+' || $3::text), ('+' || $4::text)) as wanted (phone)
    cross join lateral (
      select by_phone.id
      from contacts by_phone
      where by_phone.tenant_id = $1::uuid and by_phone.phone = wanted.phone and by_phone.deleted_at is null
      limit 1
    ) numbered
  ) candidate
  cross join lateral (
    select living.id, living.name, living.phone, living.created_at
    from contacts living
    where living.tenant_id = $1::uuid and living.id = candidate.contact_id and living.deleted_at is null
    limit 1
  ) found
  order by candidate.preference, found.created_at
  limit 1
) contact on true
left join lateral (
  select known.id, known.external_chat_id
  from conversations known
  where known.tenant_id = $1::uuid and known.channel_id = channel.id and known.contact_id = contact.id
  limit 1
) conversation on true
left join lateral (
  select known.id
  from chats known
  where known.tenant_id = $1::uuid and known.channel_id = channel.id and known.external_id = $8
  limit 1
) chat on true
left join lateral (
  select active.id, active.timeout_minutes, active.last_activity_at
  from sessions active
  where active.tenant_id = $1::uuid and active.conversation_id = conversation.id
    -- a group's session is never the private one, and a group seen for the first time has none
    and coalesce(active.chat_id, '00000000-0000-0000-0000-000000000000'::uuid)
      = case when $8::text is null then '00000000-0000-0000-0000-000000000000'::uuid else chat.id end
    and active.status = 'active' and active.deleted_at is null
  limit 1
) session on true
where channel.tenant_id = $1::uuid and channel.id = $2::uuid and channel.deleted_at is null
