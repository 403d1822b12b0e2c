-- BM25 (k1 1.2, b 0.75) with OR semantics, one row of JSON; N, document frequency and average length are those of the scope.
-- $1 tenant, $2 contact or null, $3 session or null, $4 sources, $5 message ids to leave out, $6 types or null, $7 since or
-- null, $8 until or null, $9 metadata or null, $10 term numbers, $11 spellings and $12 their weights (three parallel
-- arrays), $13 the query, whose codes are terms from 1000 on, $14 limit; of a whole tenant, whose rows are looked up by their
-- words: $15 documents, $16 average length, $17 sessions (tenant_size.sql), else null. Then N, document frequency and average
-- length are those of the tenant, whatever the filters leave.
-- $18 numbers and $19 words of terms that may be misspelt (parallel arrays), $20 least similarity of what they may be meant for, $21 whether
-- also a word that the tenant knows is looked up.
with code as materialized (
  select memory_codes($13) as list
),
asked as materialized (
  select t.no, l.lexeme, max(t.weight) as weight
  from (
    -- One call for all spellings of a term: a call for each was half of the time of a search.
    select no, weight, string_agg(spelling, ' ') as spellings
    from unnest($10::int[], $11::text[], $12::float8[]) as given(no, spelling, weight)
    group by no, weight
  ) t
  cross join lateral unnest(to_tsvector('pt_br', t.spellings)
    || case when t.no < 500 then to_tsvector('en_us', t.spellings) else '' end) as l
  group by t.no, l.lexeme
  union all
  -- Any number or code, which '#' stands for.
  select t.no, '#', t.weight from unnest($10::int[], $11::text[], $12::float8[]) as t(no, spelling, weight)
  where t.spelling = '#'
  union all
  select (999 + c.place)::int, c.code, 1 from code, unnest(code.list) with ordinality as c(code, place)
),
misspelt as materialized (
  select t.no, t.word from unnest($18::int[], $19::text[]) as t(no, word)
  where $21::boolean or not (
    -- Shorter and longer ones are not among the tenant's words, though documents may hold them.
    select coalesce(bool_or(length(asked.lexeme) not between 3 and 40 or known.is_known), false)
    from asked
    -- With a limit, so that the planner looks the words up instead of reading all of the tenant's.
    left join lateral (
      select true as is_known from memory_words w where w.tenant_id = $1::uuid and w.word = asked.lexeme limit 1
    ) known on true
    where asked.no = t.no
  )
),
term as (
  select no, lexeme, weight from asked
  union all
  select m.no, r.lexeme, r.similarity
  from misspelt m
  cross join lateral (
    -- One row of arrays: of a set of rows the planner expects thousands, and compiles the plan of a whole tenant's search for them.
    select array_agg(l.lexeme) as lexemes, array_agg(alike.similarity) as similarities
    from (
      select similarity(m.word, found.word)::float8 as similarity, string_agg(found.word, ' ') as words
      from memory_words_like(m.word, $20::float8) as found(word)
      where abs(length(m.word) - length(found.word)) <= 4
      group by 1
    ) alike
    -- The stem of a stem: words that a misspelt ending keeps apart meet there.
    cross join lateral unnest(to_tsvector('pt_br', alike.words) || to_tsvector('en_us', alike.words)) as l
  ) rescued
  cross join lateral unnest(rescued.lexemes, rescued.similarities) as r(lexeme, similarity)
),
wanted as (
  select string_agg('''' || replace(replace(lexeme, '\', '\\'), '''', '''''') || ''''
    || case when lexeme = '#' then ':*' else '' end, ' | ')::tsquery as query from term
),
scanned as materialized (
  select d.id, d.kind, d.session_id, d.from_me, d.speaker, d.asks, d.occurred_at, d.length, d.is_asked_for,
    case when d.search @@ wanted.query then d.search end as search
  from (
    select i.*, true as is_asked_for from memory_index i
    where $15::float8 is null
      and i.tenant_id = $1::uuid
      and ($2::uuid is null or i.contact_id = $2::uuid)
      and ($3::uuid is null or i.session_id = $3::uuid)
      and i.source = any ($4::text[])
      and ($6::text[] is null or i.type = any ($6::text[]))
      and ($7::timestamptz is null or i.occurred_at >= $7::timestamptz)
      and ($8::timestamptz is null or i.occurred_at < $8::timestamptz)
      and ($9::jsonb is null or i.metadata @> $9::jsonb)
    union all
    -- Also those that the filters leave out: how rare a word is, the whole tenant says.
    select i.*,
      i.source = any ($4::text[])
      and ($6::text[] is null or i.type = any ($6::text[]))
      and ($7::timestamptz is null or i.occurred_at >= $7::timestamptz)
      and ($8::timestamptz is null or i.occurred_at < $8::timestamptz)
      and ($9::jsonb is null or i.metadata @> $9::jsonb)
    from memory_index_with((select array_agg(lexeme) from term)) i
    where $15::float8 is not null and i.tenant_id = $1::uuid
  ) d cross join wanted
  where ($5::uuid[] = '{}' or d.source_id <> all ($5::uuid[]))
    and (d.expires_at is null or d.expires_at > now())
),
corpus as (
  -- The size may be a minute old: never less than what is found.
  select greatest($15::float8, count(*)) as documents, coalesce($16, greatest(avg(length), 1))::float8 as average_length,
    greatest($17::float8, count(distinct session_id)) as sessions
  from scanned
),
hit as (
  select found.id, found.session_id, found.length, found.is_asked_for, found.no, max(found.frequency) as frequency
  from (
    select s.id, s.session_id, s.length, s.is_asked_for, term.no, coalesce(cardinality(l.positions), 1) * term.weight as frequency
    from scanned s cross join lateral unnest(s.search) as l join term on term.lexeme = l.lexeme
    where s.search is not null
    union all
    select s.id, s.session_id, s.length, s.is_asked_for, term.no, term.weight
    from term join scanned s on s.search @@ '''#'':*'::tsquery
    where term.lexeme = '#'
  ) found
  group by found.id, found.session_id, found.length, found.is_asked_for, found.no
),
document_frequency as (
  select no, count(*)::float8 as documents, count(distinct session_id)::float8 as sessions from hit group by no
),
ranked as (
  select hit.id, array_agg(hit.no) as numbers, array_agg(hit.frequency) as frequencies,
    sum(
      ln(1 + (corpus.documents - df.documents + 0.5) / (df.documents + 0.5))
      * hit.frequency * 2.2 / (hit.frequency + 1.2 * (0.25 + 0.75 * hit.length / corpus.average_length))
    )::float8 as score
  from hit
  join document_frequency df on df.no = hit.no
  cross join corpus
  where hit.is_asked_for
  group by hit.id
  order by score desc, hit.id desc
  limit $14::int
)
select json_build_object(
  'documents', corpus.documents,
  'sessions', corpus.sessions,
  'averageLength', corpus.average_length,
  'codes', (select to_json(list) from code),
  'lookedUp', (select coalesce(json_agg(no), '[]') from misspelt),
  'frequencies', (select coalesce(json_agg(json_build_array(no, documents, sessions)), '[]') from document_frequency),
  'hits', (select coalesce(json_agg(json_build_array(r.id, s.kind, r.score, s.session_id, s.from_me, s.speaker, s.asks,
    s.occurred_at, r.numbers, r.frequencies) order by r.score desc, r.id desc), '[]') from ranked r join scanned s on s.id = r.id)
) as answer
from corpus
