-- Words of the scope that look like words of the query that were not found: typing errors and names.
-- $1 tenant, $2 contact or null, $3 session or null, $4 term numbers, $5 their words (parallel arrays), $6 least similarity
with vocabulary as (
  select word from ts_stat(format('select search from memory_index where tenant_id = %L', $1::uuid)
    || case when $2::uuid is null then '' else format(' and contact_id = %L', $2::uuid) end
    || case when $3::uuid is null then '' else format(' and session_id = %L', $3::uuid) end)
  where length(word) > 2 and word !~ '^[0-9#]'
)
select missing.no, vocabulary.word, similarity(missing.word, vocabulary.word)::float8 as similarity
from unnest($4::int[], $5::text[]) as missing(no, word)
join vocabulary on abs(length(missing.word) - length(vocabulary.word)) <= 4
  and similarity(missing.word, vocabulary.word) >= $6::float8
