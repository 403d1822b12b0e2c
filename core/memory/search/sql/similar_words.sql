-- Prepared: planned once a connection.
-- Words of the tenant that look like words of the query that were not found: typing errors and names.
-- $1 term numbers, $2 their words (parallel arrays), $3 least similarity
select missing.no, found.word, similarity(missing.word, found.word)::float8 as similarity
from unnest($1::int[], $2::text[]) as missing(no, word)
cross join lateral memory_words_like(missing.word, $3::float8) as found(word)
where abs(length(missing.word) - length(found.word)) <= 4
