-- How many documents of the tenant the filters leave, counted up to $10. Parameters as in vector_search_exact.sql up to $9.
select count(*)::int as documents
from (
  select from memory_index d
  where d.tenant_id = $1::uuid
    and ($2::uuid is null or d.contact_id = $2::uuid)
    and ($3::uuid is null or d.session_id = $3::uuid)
    and d.source = any ($4::text[])
    and ($5::uuid[] = '{}' or d.source_id <> all ($5::uuid[]))
    and ($6::text[] is null or d.type = any ($6::text[]))
    and ($7::timestamptz is null or d.occurred_at >= $7::timestamptz)
    and ($8::timestamptz is null or d.occurred_at < $8::timestamptz)
    and ($9::jsonb is null or d.metadata @> $9::jsonb)
    and (d.expires_at is null or d.expires_at > now())
  limit $10::int
) bounded
