-- $1 seconds after which a process that said nothing counts as gone
select process_id as "processId", role, provider, operation, model, breaker, open_circuits as "openCircuits", since,
  last_error_code as "lastErrorCode", last_error_at as "lastErrorAt", max_concurrent as "maxConcurrent",
  in_use as "inUse", waiting, rejected::int as rejected, model_problem as "modelProblem", seen_at as "seenAt"
from provider_states
where seen_at > now() - make_interval(secs => $1::int)
order by provider, operation, role, process_id
