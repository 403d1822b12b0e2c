-- Prepared: planned once a connection.
-- $1 tenant, $2 channel or null. The project's settings first, the channel's own after them.
select settings
from media_settings
where tenant_id = $1::uuid and (channel_id is null or channel_id = $2::uuid)
order by channel_id nulls first
