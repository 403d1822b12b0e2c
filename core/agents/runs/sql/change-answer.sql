-- $1 tenant, $2 run, $3 place of the answer from 0, $4 answer
update agent_runs set answers = jsonb_set(answers, array[$3::int::text], $4::jsonb)
where tenant_id = $1::uuid and id = $2::uuid
