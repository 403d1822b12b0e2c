-- BM25 (k1 1.2, b 0.75) with OR semantics; N, document frequency and average length are those of the scope asked for.
-- $1 tenant, $2 contact or null, $3 session or null, $4 sources, $5 message ids to leave out,
-- $6 term numbers, $7 spellings and $8 their weights (three parallel arrays), $9 limit
with term as (
  select t.no, l.lexeme, max(t.weight) as weight
  from unnest($6::int[], $7::text[], $8::float8[]) as t(no, spelling, weight)
  cross join lateral unnest(to_tsvector('pt_br', t.spelling)) as l
  group by t.no, l.lexeme
),
wanted as (
  select string_agg('''' || replace(replace(lexeme, '\', '\\'), '''', '''''') || '''', ' | ')::tsquery as query from term
),
scanned as materialized (
  select d.kind, d.id, length(d.search) as length, case when d.search @@ wanted.query then d.search end as search
  from memory_documents d cross join wanted
  where d.tenant_id = $1::uuid
    and ($2::uuid is null or d.contact_id = $2::uuid)
    and ($3::uuid is null or d.session_id = $3::uuid)
    and d.source = any ($4::text[])
    and d.source_id <> all ($5::uuid[])
    and length(d.search) > 0
),
corpus as (
  select count(*)::float8 as documents, avg(length)::float8 as average_length from scanned
),
hit as (
  select s.kind, s.id, s.length, term.no, sum(coalesce(cardinality(l.positions), 1) * term.weight) as frequency
  from scanned s
  cross join lateral unnest(s.search) as l
  join term on term.lexeme = l.lexeme
  where s.search is not null
  group by s.kind, s.id, s.length, term.no
),
document_frequency as (
  select no, count(*)::float8 as documents from hit group by no
)
select hit.kind, hit.id::text as id,
  sum(
    ln(1 + (corpus.documents - df.documents + 0.5) / (df.documents + 0.5))
    * hit.frequency * 2.2 / (hit.frequency + 1.2 * (0.25 + 0.75 * hit.length / corpus.average_length))
  )::float8 as score,
  array_agg(hit.no order by hit.no) as matched,
  (select array_agg(no) from document_frequency) as found
from hit
join document_frequency df on df.no = hit.no
cross join corpus
group by hit.kind, hit.id
order by score desc, hit.id desc
limit $9::int
