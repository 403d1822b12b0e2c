-- Ends facts where another begins; nothing is deleted. $1 tenant, $2 ids, $3 the fact that replaces them, $4 where it begins
update memory_facts set superseded_by = $3::uuid,
  valid_to = greatest($4::timestamptz, said_at)
where tenant_id = $1::uuid and id = any ($2::uuid[])
