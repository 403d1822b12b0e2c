-- $1 sequences, $2 reason, $3 delay in ms, $4 whether this counts as a failed try, $5 tries until it is given up
update outbox_events
set status = case when $4::boolean and retry_count + 1 >= $5::int then 'failed' else 'pending' end,
    retry_count = retry_count + $4::boolean::int,
    last_error = $2,
    available_at = now() + make_interval(secs => $3::int / 1000.0)
where sequence = any ($1::bigint[])
