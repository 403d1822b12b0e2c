-- What an invoice can be about. $1 tenant, $2 providers, $3 from, $4 to (not included), $5 id after which to go on, $6 limit.
-- Calls of the day before may be on it: the provider dates a call when it ends.
select id::text, provider, model, created_at as "createdAt", cost_micros as "costMicros",
  uncertain_micros as "uncertainMicros", usage, request_ids as "requestIds",
  -- Tries that nobody came back for, at what each of them may have cost.
  greatest(0, attempt - settlements) * reserved_micros as "abandonedMicros",
  status = 'reserved' and expires_at > now() as "isUnderWay",
  created_at >= $3::timestamptz as "isInPeriod"
from ai_costs
where tenant_id = $1::uuid and provider = any ($2::text[]) and id > $5::uuid
  and created_at >= $3::timestamptz - interval '1 day' and created_at < $4::timestamptz
order by id
limit $6::integer
