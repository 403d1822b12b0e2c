-- $1 milliseconds; holds until the end of the transaction
select set_config('statement_timeout', $1, true)
