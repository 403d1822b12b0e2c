-- With their vectors. $1 tenant, $2 days, $3 most facts
with old as (
  select id from memory_facts
  where tenant_id = $1::uuid and recorded_at < now() - make_interval(days => $2::int)
  order by id limit $3::int
), vectors as (
  delete from memory_embeddings e using old where e.tenant_id = $1::uuid and e.fact_id = old.id
)
delete from memory_facts f using old where f.tenant_id = $1::uuid and f.id = old.id
