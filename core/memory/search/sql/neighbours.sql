-- Prepared: planned once a connection.
-- The messages of sessions in the order they were said, one row a session. $1 tenant, $2 session ids
select session_id::text as "sessionId", string_agg(id::text, ',' order by occurred_at, id) as ids,
  sum(length)::int as length
from memory_index
where tenant_id = $1::uuid and session_id = any ($2::uuid[]) and kind = 'message'
group by session_id
