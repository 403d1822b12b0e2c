-- $1 at most so many
select distinct tenant_id as "tenantId" from ai_costs where status = 'reserved' and expires_at < now() limit $1::integer
