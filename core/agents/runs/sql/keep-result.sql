-- $1 tenant, $2 run, $3 call, $4 result
update agent_runs set results = jsonb_build_object($3::text, $4::jsonb) || results
where tenant_id = $1::uuid and id = $2::uuid and status = 'running'
