-- Prepared: planned once a connection.
-- $1 tenant or empty, $2 role, $3 statement timeout in ms. Local to the transaction: the next user of the connection
-- starts as nobody.
select set_config('app.tenant_id', $1, true), set_config('role', $2, true), set_config('statement_timeout', $3, true)
