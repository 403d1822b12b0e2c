-- $1 tenant, $2 message, $3 whether it may be sent once more
with resent as (
  update messages m
  set status = 'queued', failure_reason = null, updated_at = now()
  from channels c
  where m.tenant_id = $1::uuid and m.id = $2::uuid and m.status = 'unknown' and $3::boolean
    and c.tenant_id = $1::uuid and c.id = m.channel_id and c.lost_send_policy = 'resend'
  returning m.status
)
select coalesce((select status from resent), m.status) as status
from messages m
where m.tenant_id = $1::uuid and m.id = $2::uuid
