-- The last sessions of a contact that were summarised, newest first. $1 tenant, $2 contact, $3 how many, $4 characters of each
select s.id::text as "sessionId", s.started_at as "startedAt", s.ended_at as "endedAt",
  left(x.summary, $4::int) as summary, x.topics, x.sentiment, x.outcome, x.resolved, x.next_steps as "nextSteps"
from session_summaries x
join sessions s on s.tenant_id = x.tenant_id and s.id = x.session_id and s.deleted_at is null
where x.tenant_id = $1::uuid and x.contact_id = $2::uuid
order by s.started_at desc, s.id desc
limit $3::int
