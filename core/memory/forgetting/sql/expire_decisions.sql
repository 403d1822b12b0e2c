-- $1 tenant, $2 days, $3 most rows
update decision_records set context = '{}', memory_query = null where tenant_id = $1::uuid and id in (
  select id from decision_records
  where tenant_id = $1::uuid and finished_at < now() - make_interval(days => $2::int)
    and (context <> '{}' or memory_query is not null)
  limit $3::int)
