-- $1 tenant, $2 days, $3 most rows
update agent_runs set question = '', answers = '[]', results = '{}', answer = null
where tenant_id = $1::uuid and id in (
  select id from agent_runs
  where tenant_id = $1::uuid and finished_at < now() - make_interval(days => $2::int)
    and (question <> '' or answers <> '[]' or results <> '{}' or answer is not null)
  limit $3::int)
