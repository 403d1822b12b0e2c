-- $1 tenant, $2 contact. What was asked about the contact and all that came of it, and what runs about the company as a whole
-- said of the contact; that it was asked stays. A run under way ends, so that it writes nothing back.
update agent_runs
set question = '', answers = '[]', results = '{}', answer = null,
  status = case when status in ('queued', 'running') then 'failed' else status end,
  error_code = case when status in ('queued', 'running') then 'CONFLICT' else error_code end,
  finished_at = coalesce(finished_at, now())
where tenant_id = $1::uuid
  and (contact_id = $2::uuid or contact_id is null and results::text like '%' || $2 || '%')
  and (question <> '' or answers <> '[]' or results <> '{}' or answer is not null)
