-- $1 tenant, $2 days, $3 most summaries
delete from session_summaries where tenant_id = $1::uuid and session_id in (
  select session_id from session_summaries
  where tenant_id = $1::uuid and created_at < now() - make_interval(days => $2::int)
  limit $3::int)
