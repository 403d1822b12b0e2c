-- $1 tenant, $2 from, $3 to
select d.group_id as "turnId", d.agent, d.intent, d.intent_confidence as confidence, d.outcome, d.started_at as at,
  coalesce(jsonb_array_length(d.context -> 'memories'), 0) as memories,
  (select count(*)::int from decision_steps s where s.tenant_id = d.tenant_id and s.group_id = d.group_id
     and s.status in ('failed', 'refused')) as "failedTools"
from decision_records d
where d.tenant_id = $1::uuid and d.started_at >= $2::timestamptz and d.started_at <= $3::timestamptz
order by d.started_at desc, d.id desc
limit 500
