-- $1 tenant, $2 group by, $3 from, $4 to (not included), $5 and $6 rank and key after which to go on, $7 limit
with counted as (
  select case $2
           when 'provider' then cost.provider
           when 'model' then cost.model
           when 'operation' then cost.operation
           when 'agent' then cost.agent_id::text
           when 'campaign' then cost.campaign_id::text
           when 'conversation' then cost.conversation_id::text
           when 'contact' then cost.contact_id::text
           when 'day' then to_char(cost.created_at at time zone project.timezone, 'YYYY-MM-DD')
         end as key,
         count(*)::integer as calls,
         -- Also of a call that is tried again: what its tries before came to is spent.
         coalesce(sum(cost.cost_micros), 0)::bigint as settled_micros,
         coalesce(sum(cost.uncertain_micros), 0)::bigint as uncertain_micros,
         -- A reservation past its time belongs to a process that died: it holds no money any more.
         coalesce(sum(cost.reserved_micros) filter (where cost.status = 'reserved' and cost.expires_at > now()), 0)::bigint
           as reserved_micros
  from ai_costs cost
  join projects project on project.id = cost.tenant_id
  where cost.tenant_id = $1::uuid
    and cost.status not in ('released', 'expired')
    and ($3::timestamptz is null or cost.created_at >= $3::timestamptz)
    and ($4::timestamptz is null or cost.created_at < $4::timestamptz)
  group by 1
), ranked as (
  -- Days are read in their order, everything else by what it cost.
  select *, case when $2 = 'day' then 0 else settled_micros end as rank from counted
)
select key, calls, settled_micros as "settledMicros", uncertain_micros as "uncertainMicros",
  reserved_micros as "reservedMicros"
from ranked
where $5::bigint is null or (rank, coalesce(key, '')) < ($5::bigint, $6)
order by rank desc, coalesce(key, '') desc
limit $7::integer
