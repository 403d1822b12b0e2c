-- $1 tenant, $2 days, $3 most rows
update messages set text = null, mentions = '{}', metadata = '{}', failure_reason = null
where tenant_id = $1::uuid and id in (
  select id from messages
  where tenant_id = $1::uuid and sent_at < now() - make_interval(days => $2::int) and status not in ('queued', 'sending')
    and (text is not null or mentions <> '{}' or metadata <> '{}' or failure_reason is not null)
  limit $3::int)
