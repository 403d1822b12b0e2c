-- Of turns that are too old, however young the replay is; with their steps. $1 tenant, $2 days, $3 most rows
delete from turn_replays where tenant_id = $1::uuid and id in (
  select t.id from turn_replays t
  join decision_records d on d.tenant_id = t.tenant_id and d.id = t.decision_record_id
  where t.tenant_id = $1::uuid and d.finished_at < now() - make_interval(days => $2::int)
  limit $3::int)
