-- $1 tenant, $2 contact
update messages set media_id = null, media_url = null, media_filename = null
where tenant_id = $1::uuid and contact_id = $2::uuid and (media_id is not null or media_url is not null)
