-- $1 tenant, $2 session, $3 timeout ms. At least 1, so that it is never taken for an ended session.
select greatest(1, ceil($3::float8 - extract(epoch from now() - greatest(last_activity_at, updated_at)) * 1000))::int
  as "remainingMs"
from sessions
where tenant_id = $1::uuid and id = $2::uuid and status = 'active'
