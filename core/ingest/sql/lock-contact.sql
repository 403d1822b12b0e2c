-- Prepared: planned once a connection.
-- $1 tenant, $2 names of the contact, sorted so that two transactions never wait for each other.
-- Held until the transaction ends: of two first messages of one person, the second waits and finds the contact.
select count(pg_advisory_xact_lock(hashtextextended($1 || ':' || name, 0)))::integer as locks
from unnest($2::text[]) as name
