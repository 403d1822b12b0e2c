-- $1 tenant, $2 session, $3 end reason. Only one that is open: a second end is refused.
update sessions
set status = 'manually_closed', end_reason = $3, ended_at = now(), updated_at = now(), version = version + 1
where tenant_id = $1::uuid and id = $2::uuid and status = 'active' and deleted_at is null
returning ended_at as "endedAt"
