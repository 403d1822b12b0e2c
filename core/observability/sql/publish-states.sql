-- $1 process, $2 role, $3 states as JSON. Rows of processes that are silent for long go on the way.
with gone as (
  delete from provider_states where seen_at < now() - interval '10 minutes'
)
insert into provider_states (process_id, role, provider, operation, model, breaker, open_circuits, since, last_error_code,
  last_error_at, max_concurrent, in_use, waiting, rejected, model_problem)
select $1, $2, s.provider, s.operation, s.model, s.breaker, s."openCircuits", s.since, s."lastErrorCode", s."lastErrorAt",
  s."maxConcurrent", s."inUse", s.waiting, s.rejected, s."modelProblem"
from jsonb_to_recordset($3::jsonb) as s (provider text, operation text, model text, breaker text, "openCircuits" int,
  since timestamptz, "lastErrorCode" text, "lastErrorAt" timestamptz, "maxConcurrent" int, "inUse" int, waiting int,
  rejected bigint, "modelProblem" text)
on conflict (process_id, provider, operation) do update set
  model = excluded.model, breaker = excluded.breaker, open_circuits = excluded.open_circuits, since = excluded.since,
  last_error_code = excluded.last_error_code, last_error_at = excluded.last_error_at,
  max_concurrent = excluded.max_concurrent, in_use = excluded.in_use, waiting = excluded.waiting,
  rejected = excluded.rejected, model_problem = excluded.model_problem, seen_at = now()
