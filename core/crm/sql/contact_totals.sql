-- $1 tenant
select count(*)::integer as "total",
       count(*) filter (where c.created_at > now() - interval '7 days')::integer as "createdLast7Days",
       count(*) filter (where c.created_at > now() - interval '30 days')::integer as "createdLast30Days",
       (select count(distinct s.contact_id)::integer from sessions s
        where s.tenant_id = $1::uuid and s.status = 'active' and s.deleted_at is null) as "withActiveSession"
from contacts c
where c.tenant_id = $1::uuid and c.deleted_at is null
