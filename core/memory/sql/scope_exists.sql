-- $1 tenant, $2 contact or null, $3 session or null
select
  ($2::uuid is null or exists (select 1 from contacts where tenant_id = $1::uuid and id = $2::uuid and deleted_at is null))
  and ($3::uuid is null or exists (select 1 from sessions where tenant_id = $1::uuid and id = $3::uuid
    and deleted_at is null and ($2::uuid is null or contact_id = $2::uuid))) as "exists"
