-- Prepared: planned once a connection.
-- $1 sequences
update outbox_events set status = 'processed', processed_at = now(), last_error = null where sequence = any ($1::bigint[])
