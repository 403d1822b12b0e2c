-- $1 tenant
select t.pipeline_id as "pipelineId", t.id as "statusId", t.name, t.type, t.position,
  count(c.id)::int as contacts
from pipeline_statuses t
join pipelines p on p.tenant_id = t.tenant_id and p.id = t.pipeline_id and p.deleted_at is null
left join contact_stages s on s.tenant_id = t.tenant_id and s.status_id = t.id and s.exited_at is null
left join contacts c on c.tenant_id = s.tenant_id and c.id = s.contact_id and c.deleted_at is null
where t.tenant_id = $1::uuid and t.deleted_at is null
group by t.pipeline_id, t.id, t.name, t.type, t.position
order by t.pipeline_id, t.position, t.id
