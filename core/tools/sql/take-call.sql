-- $1 tenant, $2 tool, $3 calls a minute. Counts one call, unless the last 60 seconds are full: this minute's calls and
-- the part of the minute before that is still within them. No row: full.
with old as (
  delete from tool_call_rates
  where tenant_id = $1::uuid and tool = $2 and minute < date_trunc('minute', now()) - interval '1 minute'
), before as (
  select coalesce(sum(calls), 0) * (1 - extract(second from now()) / 60) as calls
  from tool_call_rates
  where tenant_id = $1::uuid and tool = $2 and minute = date_trunc('minute', now()) - interval '1 minute'
)
insert into tool_call_rates as r (tenant_id, tool, minute, calls)
select $1::uuid, $2, date_trunc('minute', now()), 1 from before where before.calls < $3::int
on conflict (tenant_id, tool, minute) do update set calls = r.calls + 1
  where r.calls + (select calls from before) < $3::int
returning calls
