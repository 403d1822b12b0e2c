-- $1 tenant, $2 days, $3 most rows
update approvals set input = '{}', edited_input = null, response = null, reason = null
where tenant_id = $1::uuid and id in (
  select id from approvals
  where tenant_id = $1::uuid and resolved_at < now() - make_interval(days => $2::int)
    and (input <> '{}' or edited_input is not null or response is not null or reason is not null)
  limit $3::int)
