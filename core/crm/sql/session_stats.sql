-- $1 tenant
select count(*)::integer as "total",
       count(*) filter (where status = 'active')::integer as "active",
       count(*) filter (where status <> 'active')::integer as "ended",
       count(*) filter (where started_at > now() - interval '24 hours')::integer as "startedLast24Hours",
       avg(extract(epoch from ended_at - started_at))::double precision as "averageDurationSeconds",
       avg(message_count)::double precision as "averageMessages"
from sessions
where tenant_id = $1::uuid and deleted_at is null
