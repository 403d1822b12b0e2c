-- $1 tenant, $2 contact
update tool_calls set input = '{}', output = null where tenant_id = $1::uuid and contact_id = $2::uuid
  and (input <> '{}' or output is not null)
