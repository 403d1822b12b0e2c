-- $1 tenant, $2 days, $3 most rows
delete from memory_index where tenant_id = $1::uuid and id in (
  select id from memory_index
  where tenant_id = $1::uuid and kind <> 'fact' and occurred_at < now() - make_interval(days => $2::int)
  limit $3::int)
