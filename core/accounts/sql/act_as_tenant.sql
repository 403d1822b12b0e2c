-- $1 tenant. From here on the transaction is one of ventros_app: the system role may not write a tenant's tables.
select set_config('app.tenant_id', $1, true), set_config('role', 'ventros_app', true)
