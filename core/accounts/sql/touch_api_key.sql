-- $1 key. The condition is repeated here because several requests may have seen an old value at once.
update api_keys
set last_used_at = now()
where id = $1::uuid and (last_used_at is null or last_used_at < now() - interval '1 minute')
