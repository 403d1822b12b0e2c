-- The clean-up works across tenants, and sees only the keys whose time is over.
create policy system_clean_up on idempotency_keys to ventros_system using (expires_at <= now());
grant select, delete on idempotency_keys to ventros_system;
create index idempotency_keys_expiry_idx on idempotency_keys (expires_at);
