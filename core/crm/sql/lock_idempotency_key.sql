-- $1 tenant, $2 route, $3 key. False while another transaction works on the same key.
select pg_try_advisory_xact_lock(hashtextextended($1 || ' ' || $2 || ' ' || $3, 0)) as "isMine"
