-- $1 id after which to go on, $2 limit. Not those that began this very minute: most end before the next.
select id, tenant_id as "tenantId", coalesce(message_id, id) as "subjectId", created_at as "createdAt", started_at as "startedAt"
from message_enrichments
where status in ('pending', 'processing') and id > $1::uuid
  and coalesce(started_at, created_at) < now() - interval '1 minute'
order by id
limit $2::integer
