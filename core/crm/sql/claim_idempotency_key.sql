-- $1 tenant, $2 route, $3 key, $4 hash of the body. No row comes back if the key is in use and not expired.
insert into idempotency_keys (tenant_id, route, key, body_hash, expires_at)
values ($1::uuid, $2, $3, $4, now() + interval '24 hours')
on conflict (tenant_id, route, key) do update
set body_hash = excluded.body_hash,
    response_status = null,
    response_body = null,
    created_at = now(),
    expires_at = excluded.expires_at
where idempotency_keys.expires_at <= now()
returning key
