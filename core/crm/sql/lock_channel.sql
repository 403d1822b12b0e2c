-- $1 tenant, $2 channel. Locked, so that two changes at once cannot both compare with the host that was there before.
select base_url as "baseUrl"
from channels
where tenant_id = $1::uuid and id = $2::uuid and deleted_at is null
for update
