-- $1 tenant, $2 follow-up. The wait is of the database's clock, which wrote the time.
select contact_id as "contactId", channel_id as "channelId", text, created_by ->> 'by' as "createdBy",
  created_at as "createdAt",
  greatest(0, ceil(extract(epoch from scheduled_at - clock_timestamp()) * 1000))::float8 as "waitMs"
from follow_ups
where tenant_id = $1::uuid and id = $2::uuid and status = 'scheduled'
for no key update
