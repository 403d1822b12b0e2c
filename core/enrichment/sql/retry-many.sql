-- $1 tenant, $2 content type or null, $3 error code or null, $4 codes that count only when they are asked for,
-- $5 provider that was asked, or null, $6 arrived at or after, or null, $7 arrived before, or null, $8 at most so many
-- Failed or waiting ones, oldest first; not those that somebody else has retried this moment.
with wanted as (
  select e.id from message_enrichments e
  where e.tenant_id = $1::uuid
    and (e.status = 'failed' or (e.status in ('pending', 'processing') and e.deferred_until is not null))
    and ($2::text is null or e.content_type = $2)
    and (e.error_code = $3 or ($3::text is null and (e.error_code is null or e.error_code <> all ($4::text[]))))
    and ($5::text is null or exists (
      select from ai_costs c where c.tenant_id = e.tenant_id and c.enrichment_id = e.id and c.provider = $5))
    and ($6::timestamptz is null or e.created_at >= $6)
    and ($7::timestamptz is null or e.created_at < $7)
  order by e.id
  limit $8::integer + 1
  for update skip locked
), retried as (
  update message_enrichments e
  set status = 'pending', deferred_until = null, completed_at = null, error_code = null, error_message = null
  where e.tenant_id = $1::uuid and e.id in (select id from wanted order by id limit $8::integer)
  returning e.id, e.message_id, e.content_type
)
select r.id, r.message_id as "messageId", r.content_type as "contentType", m.channel_id as "channelId",
  m.contact_id as "contactId", m.group_id as "groupId", coalesce(c.ai_enabled and c.ai_agents_enabled, false) as "isAnswered",
  (select count(*) from wanted) > $8::integer as "hasMore"
from retried r
left join messages m on m.tenant_id = $1::uuid and m.id = r.message_id
left join channels c on c.tenant_id = $1::uuid and c.id = m.channel_id
order by r.id
