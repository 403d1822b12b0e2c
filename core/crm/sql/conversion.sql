-- $1 tenant, $2 pipeline, $3 winning status, $4 from, $5 to. Who entered in the period, and of them who ever won.
with entered as (
  select contact_id, min(entered_at) as at from contact_stages
  where tenant_id = $1::uuid and pipeline_id = $2::uuid group by contact_id
)
select count(*)::int as entered,
  count(*) filter (where exists (
    select 1 from contact_stages s where s.tenant_id = $1::uuid and s.pipeline_id = $2::uuid
      and s.contact_id = entered.contact_id and s.status_id = $3::uuid))::int as converted
from entered where at >= $4::timestamptz and at <= $5::timestamptz
