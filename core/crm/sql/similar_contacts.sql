-- $1 tenant, $2 contact, $3 limit. A shared stage counts 2, a tag 1, a type of fact half. Everybody's tag is nobody's:
-- the one every contact of the channel gets is left out.
with own as (
  select array(select unnest(tags) except select 'whatsapp') as tags,
    array(select status_id from contact_stages
          where tenant_id = $1::uuid and contact_id = $2::uuid and exited_at is null) as stages,
    array(select distinct fact_type from memory_facts
          where tenant_id = $1::uuid and contact_id = $2::uuid and invalidated_at is null
            and (superseded_by is null or valid_to > now())) as facts
  from contacts where tenant_id = $1::uuid and id = $2::uuid
), others as (
  select c.id, c.name,
    array(select unnest(c.tags) intersect select unnest(own.tags)) as shared_tags,
    (select count(*)::int from contact_stages s where s.tenant_id = c.tenant_id and s.contact_id = c.id
       and s.exited_at is null and s.status_id = any (own.stages)) as shared_stages,
    array(select distinct f.fact_type from memory_facts f where f.tenant_id = c.tenant_id and f.contact_id = c.id
       and f.invalidated_at is null and (f.superseded_by is null or f.valid_to > now())
       and f.fact_type = any (own.facts)) as shared_facts
  from contacts c, own
  where c.tenant_id = $1::uuid and c.id <> $2::uuid and c.deleted_at is null
), scored as (
  select *, (cardinality(shared_tags) + 2 * shared_stages + 0.5 * cardinality(shared_facts))::float8 as score from others
)
select id, name, shared_tags as "sharedTags", shared_stages as "sharedStages", shared_facts as "sharedFactTypes", score
from scored where score > 0 order by score desc, id desc limit $3::int
