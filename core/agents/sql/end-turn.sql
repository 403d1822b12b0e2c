-- Prepared: planned once a connection.
-- $1 tenant, $2 turn, $3 outcome, $4 its reason or null, $5 first message of the reply or null
with ended as (
  update decision_records
  set outcome = $3, outcome_reason = $4, reply_message_id = $5::uuid, finished_at = clock_timestamp()
  where tenant_id = $1::uuid and group_id = $2::uuid
)
update message_groups set status = 'completed', completed_at = clock_timestamp()
where tenant_id = $1::uuid and id = $2::uuid and status in ('pending', 'processing')
