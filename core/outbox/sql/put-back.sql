-- $1 sequences, $2 reason, $3 delay in ms, $4 whether this counts as a failed try, $5 tries until it is given up,
-- $6 code of the error, $7 an id for each sequence: that of the dead letter of an event that is given up
with put_back as (
  update outbox_events
  set status = case when $4::boolean and retry_count + 1 >= $5::int then 'failed' else 'pending' end,
      retry_count = retry_count + $4::boolean::int,
      last_error = $2,
      available_at = now() + make_interval(secs => $3::int / 1000.0)
  where sequence = any ($1::bigint[])
  returning *
)
insert into dead_letters (id, tenant_id, source, event_id, tries, error_code, reason, body)
select letter.id, tenant_id, 'outbox_event', event_id, retry_count, $6, last_error,
  jsonb_build_object('event_type', event_type, 'aggregate_type', aggregate_type, 'aggregate_id', aggregate_id, 'data', event_data)::text
from put_back
join unnest($1::bigint[], $7::uuid[]) as letter (sequence, id) using (sequence)
where status = 'failed'
