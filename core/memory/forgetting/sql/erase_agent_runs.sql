-- $1 tenant, $2 contact. What was asked about the contact, and all that came of it; that it was asked stays.
update agent_runs set question = '', answers = '[]', results = '{}', answer = null
where tenant_id = $1::uuid and contact_id = $2::uuid
  and (question <> '' or answers <> '[]' or results <> '{}' or answer is not null)
