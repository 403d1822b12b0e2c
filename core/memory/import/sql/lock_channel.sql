-- One import of a channel at a time writes; the others wait until it has committed. $1 tenant, $2 channel
select pg_advisory_xact_lock(hashtextextended('history-import:' || $1::text || ':' || $2::text, 0))
