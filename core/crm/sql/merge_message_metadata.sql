-- $1 tenant, $2 message, $3 keys to set, $4 keys to take away. One statement, so that two changes at once lose nothing.
update messages set metadata = (metadata || $3::jsonb) - $4::text[], updated_at = now()
where tenant_id = $1::uuid and id = $2::uuid and from_me and deleted_at is null
