-- $1 tenant, $2 contact or null, $3 hours back, $4 limit. Codes only: what was said stays where it is.
select * from (
  select 'enrichment' as kind, e.id, coalesce(e.error_code, 'INTERNAL_ERROR') as code, coalesce(e.completed_at, e.created_at) as at
  from message_enrichments e
  where e.tenant_id = $1::uuid and e.status = 'failed' and ($2::uuid is null or e.contact_id = $2::uuid)
  union all
  select 'message', m.id, coalesce(m.failure_reason, 'failed'), m.updated_at
  from messages m
  where m.tenant_id = $1::uuid and m.status = 'failed' and ($2::uuid is null or m.contact_id = $2::uuid)
  union all
  select 'tool', s.id, coalesce(s.error_code, 'INTERNAL_ERROR'), coalesce(s.finished_at, s.created_at)
  from decision_steps s
  join message_groups g on g.tenant_id = s.tenant_id and g.id = s.group_id
  join conversations c on c.tenant_id = g.tenant_id and c.id = g.conversation_id
  where s.tenant_id = $1::uuid and s.status = 'failed' and ($2::uuid is null or c.contact_id = $2::uuid)
  union all
  select case d.source when 'outbox_event' then 'event' else 'webhook' end, d.id, d.error_code, d.created_at
  from dead_letters d where d.tenant_id = $1::uuid and $2::uuid is null
) failures
where at > now() - make_interval(hours => $3::int)
order by at desc, id
limit $4::int
