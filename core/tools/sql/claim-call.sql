-- $1 id, $2 tenant, $3 tool, $4 via, $5 API key, $6 user, $7 contact, $8 idempotency key, $9 input.
-- A second call with the key waits here until the first has ended, and inserts nothing if that one is done.
insert into tool_calls (id, tenant_id, tool, via, api_key_id, user_id, contact_id, idempotency_key, input, status)
values ($1::uuid, $2::uuid, $3, $4, $5::uuid, $6::uuid, $7::uuid, $8, $9::jsonb, 'running')
on conflict (tenant_id, tool, idempotency_key) where idempotency_key is not null do nothing
returning id
