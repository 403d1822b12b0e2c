-- $1 tenant, $2 run, $3 step from 1, $4 answer, $5 provider, $6 model. Nothing when the step has its answer, or the run is over.
update agent_runs
set answers = answers || jsonb_build_array($4::jsonb), model_calls_left = greatest(0, model_calls_left - 1),
  provider = $5, model = $6
where tenant_id = $1::uuid and id = $2::uuid and status = 'running' and jsonb_array_length(answers) = $3::int - 1
