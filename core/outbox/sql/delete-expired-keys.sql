-- $1 most rows. A key that is being used again meanwhile has a new time and stays.
with gone as (
  delete from idempotency_keys
  where expires_at <= now() and (tenant_id, route, key) in (
    select tenant_id, route, key from idempotency_keys where expires_at <= now() order by expires_at limit $1::integer
  )
  returning key
)
select count(*)::integer as deleted from gone
