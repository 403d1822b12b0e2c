-- Words of the scope that look like words of the query that were not found: typing errors and names.
-- $1 tenant, $2 contact or null, $3 session or null, $4 sources, $5 message ids to leave out,
-- $6 term numbers, $7 their words (parallel arrays), $8 least similarity, $9 how many of the newest documents to read
with newest as (
  select d.content
  from memory_documents d
  where d.tenant_id = $1::uuid
    and ($2::uuid is null or d.contact_id = $2::uuid)
    and ($3::uuid is null or d.session_id = $3::uuid)
    and d.source = any ($4::text[])
    and d.source_id <> all ($5::uuid[])
  order by d.occurred_at desc
  limit $9::int
),
vocabulary as (
  select distinct unaccent(lower(t.token)) as word
  from newest cross join lateral ts_parse('default', left(newest.content, 20000)) as t
  where length(t.token) > 3
)
select missing.no, vocabulary.word, similarity(missing.word, vocabulary.word)::float8 as similarity
from unnest($6::int[], $7::text[]) as missing(no, word)
join vocabulary on similarity(missing.word, vocabulary.word) >= $8::float8
