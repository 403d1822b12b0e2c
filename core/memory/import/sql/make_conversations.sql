-- The conversation of each contact on the channel, made where there is none.
-- $1 tenant, $2 channel, $3 JSON [{id, contact_id, external_chat_id}]
with wanted as materialized (
  select * from jsonb_to_recordset($3::jsonb) as r (id uuid, contact_id uuid, external_chat_id text)
), made as (
  insert into conversations (id, tenant_id, channel_id, contact_id, external_chat_id)
  select id, $1::uuid, $2::uuid, contact_id, external_chat_id from wanted order by contact_id
  on conflict (tenant_id, channel_id, contact_id) do nothing
  returning id, contact_id
)
select id::text as id, contact_id::text as "contactId" from made
union all
select c.id::text, c.contact_id::text from conversations c
join wanted on c.tenant_id = $1::uuid and c.channel_id = $2::uuid and c.contact_id = wanted.contact_id
