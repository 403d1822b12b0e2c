-- $1 tenant, $2 contact
select s.pipeline_id as "pipelineId", p.name as "pipelineName", s.status_id as "statusId", t.name as "statusName",
  t.type as "statusType", s.entered_at as "enteredAt", s.reason
from contact_stages s
join pipelines p on p.tenant_id = s.tenant_id and p.id = s.pipeline_id
join pipeline_statuses t on t.tenant_id = s.tenant_id and t.id = s.status_id
where s.tenant_id = $1::uuid and s.contact_id = $2::uuid and s.exited_at is null and p.deleted_at is null
order by s.entered_at, s.id
