-- $1 tenant, $2 days, $3 most rows
update tool_calls set input = '{}', output = null where tenant_id = $1::uuid and id in (
  select id from tool_calls
  where tenant_id = $1::uuid and finished_at < now() - make_interval(days => $2::int)
    and (input <> '{}' or output is not null)
  limit $3::int)
