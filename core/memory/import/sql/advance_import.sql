-- $1 tenant, $2 import, $3 position before and $4 after as JSON, $5 lines read, $6 stored, $7 known, $8 contacts,
-- $9 sessions, $10 refused, $11 refusals as JSON, $12 how many of them are kept
update memory_imports
set position = $4::jsonb, lines_read = lines_read + $5::int, messages_stored = messages_stored + $6::int,
  messages_known = messages_known + $7::int, contacts_created = contacts_created + $8::int,
  sessions_created = sessions_created + $9::int, lines_refused = lines_refused + $10::int,
  refusals = case when jsonb_array_length(refusals) >= $12::int then refusals else refusals || $11::jsonb end,
  status = 'storing', started_at = coalesce(started_at, now())
where tenant_id = $1::uuid and id = $2::uuid and position = $3::jsonb
