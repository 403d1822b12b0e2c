-- Turns that ended and whose inputs are still there, oldest first. $1 tenant, $2 batch, $3 most rows
select d.id from turn_replay_batches b
join projects p on p.id = b.tenant_id
join decision_records d on d.tenant_id = b.tenant_id
  and d.started_at >= b.day::timestamp at time zone p.timezone
  and d.started_at < (b.day + 1)::timestamp at time zone p.timezone
where b.tenant_id = $1::uuid and b.id = $2::uuid
  and d.finished_at is not null and d.memory_query is not null
  and (b.agent_id is null or d.agent_id = b.agent_id)
  and (b.position is null or d.id > b.position)
order by d.id
limit $3::int
