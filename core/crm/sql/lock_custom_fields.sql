-- $1 tenant, $2 contact. Its own values, which nobody else changes before this transaction ends.
select custom_fields as "customFields" from contacts
where tenant_id = $1::uuid and id = $2::uuid and deleted_at is null
for update
