-- $1 tenant; the list's condition follows
select count(*)::int as count from contacts c where c.tenant_id = $1::uuid and c.deleted_at is null
