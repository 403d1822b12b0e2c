-- $1 tenant, $2 batch
select b.id, b.day::text as day, b.agent_id as "agentId", b.changes, b.status, b.error_code as "errorCode",
  (select count(*)::int from decision_records d
   where d.tenant_id = b.tenant_id
     and d.started_at >= b.day::timestamp at time zone p.timezone
     and d.started_at < (b.day + 1)::timestamp at time zone p.timezone
     and d.finished_at is not null and d.memory_query is not null
     and (b.agent_id is null or d.agent_id = b.agent_id)) as turns,
  r.replayed, r.failed, r.changed, r.cost as "costDifferenceMicros",
  b.created_at as "createdAt", b.finished_at as "finishedAt"
from turn_replay_batches b
join projects p on p.id = b.tenant_id
cross join lateral (
  select count(*) filter (where t.status = 'completed')::int as replayed,
    count(*) filter (where t.status = 'failed')::int as failed,
    count(*) filter (where d ->> 'outcome' = 'true' or d ->> 'reply' = 'true'
      or d -> 'toolsAdded' <> '[]' or d -> 'toolsMissing' <> '[]')::int as changed,
    coalesce(sum((d ->> 'costMicros')::bigint), 0)::float8 as cost
  from turn_replays t
  cross join lateral (select t.result -> 'difference' as d) x
  where t.tenant_id = b.tenant_id and t.batch_id = b.id
) r
where b.tenant_id = $1::uuid and b.id = $2::uuid
