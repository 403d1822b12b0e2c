-- Prepared: planned once a connection.
-- $1 tenant, $2 turn, $3 step, $4 id, $5 answer, $6 calls as JSON, $7 provider, $8 model.
-- One row when it is stored; none when another attempt was faster, and then nothing of it is.
with answer as (
  insert into decision_steps (id, tenant_id, group_id, step, kind, call_id, output, status, finished_at)
  values ($4::uuid, $1::uuid, $2::uuid, $3::int, 'model', 'model', $5::jsonb, 'done', clock_timestamp())
  on conflict do nothing
  returning step
), calls as (
  insert into decision_steps (id, tenant_id, group_id, step, kind, call_id, tool, input, output, status, error_code, rule, rule_reason)
  select c.id, $1::uuid, $2::uuid, answer.step, 'tool', c.call_id, c.tool, c.input, c.output, c.status, c.error_code, c.rule,
    c.rule_reason
  from answer, jsonb_to_recordset($6::jsonb) as c(id uuid, call_id text, tool text, input jsonb, output jsonb, status text,
    error_code text, rule text, rule_reason text)
), answered as (
  update decision_records set provider = $7, model = $8 where tenant_id = $1::uuid and group_id = $2::uuid
)
select step from answer
