-- What a batch came to, once: a repeated call finds its position taken. $1 tenant, $2 import, $3 position after the batch as
-- JSON, $4 messages, $5 skipped, $6 facts
update memory_imports
set fact_position = $3::jsonb, fact_messages_read = fact_messages_read + $4::int,
  fact_messages_skipped = fact_messages_skipped + $5::int, facts_found = facts_found + $6::int
where tenant_id = $1::uuid and id = $2::uuid and fact_position is distinct from $3::jsonb
