-- What is connected with what the query names, nearest and rarest first. From the named nodes the edges are walked both ways,
-- breadth first, $13 steps far and $14 rows wide at most.
-- $1 tenant, $2 contact or null, $3 session or null, $4 sources, $5 message ids to leave out, $6 types or null, $7 since or
-- null, $8 until or null, $9 metadata or null, $10 spellings, $11 the query, for its codes, $12 limit, $13 depth, $14 rows
with recursive term as (
  select l.lexeme as word
  from (select array_to_string($10::text[], ' ') as spellings) given
  cross join lateral unnest(to_tsvector('pt_br', spellings) || to_tsvector('en_us', spellings)) as l
  union all
  select unnest(memory_codes($11))
),
named as (
  select w.node_id, count(*)::float8 as found
  from term t join graph_words w on w.tenant_id = $1::uuid and w.word = t.word
  group by w.node_id
  limit 1000
),
seed as (
  -- A node that many are connected with says little; one of whose name half is missing is not meant.
  select n.id, n.type, n.name, s.named_by / ln(2 + degree.edges) as score
  from named
  join graph_nodes n on n.tenant_id = $1::uuid and n.id = named.node_id
  cross join lateral (
    select case when n.type = 'offer' then 1 else named.found / greatest(cardinality(n.words), 1) end as named_by
  ) s
  cross join lateral (
    select count(*)::float8 as edges from (
      select 1 from graph_edges e
      where e.tenant_id = $1::uuid and e.to_id = n.id
        and ($2::uuid is null or e.contact_id = $2::uuid)
      limit 500
    ) bounded
  ) degree
  where s.named_by >= 0.5 and degree.edges > 0
  order by score desc, n.id
  limit 30
),
walk (type, id, depth, score, name) as (
  select type, id, 0, score::float8, name from seed
  union all
  select step.type, step.id, walk.depth + 1, walk.score * step.share, walk.name
  from walk
  cross join lateral (
    select e.type, e.id, e.share / ln(2 + count(*) over ()) as share
    from (
      (
        select e.from_type as type, e.from_id as id,
          case e.kind when 'MENTIONS' then 1 when 'DISCUSSED_TOPIC' then 0.8 when 'SAID_IN' then 0.8 when 'REPLY_TO' then 0.5
            else 0.3 end as share
        from graph_edges e
        where e.tenant_id = $1::uuid and e.to_id = walk.id
          and ($2::uuid is null or e.contact_id = $2::uuid)
          and e.kind not in ('CONTAINS', 'HAS_SESSION', 'HAS_FACT', 'HAS_PREFERENCE', 'HAS_OBJECTION', 'TRANSFERRED_TO')
          and (walk.depth = 0 or e.from_type not in ('contact', 'session'))
        limit 60
      )
      union all
      (
        select e.to_type, e.to_id,
          case e.kind when 'MENTIONS' then 0.6 when 'SAID_IN' then 0.8 when 'REPLY_TO' then 0.5 when 'OFFERED_IN' then 0.8
            else 0.3 end
        from graph_edges e
        where e.tenant_id = $1::uuid and e.from_id = walk.id
          and ($2::uuid is null or e.contact_id = $2::uuid)
          and e.kind in ('MENTIONS', 'SAID_IN', 'REPLY_TO', 'OFFERED_IN', 'CONTAINS', 'HAS_FACT', 'HAS_PREFERENCE',
            'HAS_OBJECTION', 'RECEIVED_OFFER')
        limit 60
      )
    ) e
  ) step
  where walk.depth < $13::int and walk.score > 0.01
),
walked as materialized (select * from walk limit $14::int),
reached as (
  select id, type, sum(score) as score, min(depth) as distance,
    array_agg(distinct ltrim(name, '#') order by ltrim(name, '#')) as names
  from walked where depth > 0 and type in ('message', 'fact', 'document', 'session')
  group by id, type
),
found as (
  select d.id, d.kind, r.score, d.session_id, d.from_me, d.speaker, d.asks, d.occurred_at, r.names, r.distance, d.source,
    d.source_id, d.type, d.metadata, d.expires_at, d.contact_id
  from reached r join memory_index d on d.tenant_id = $1::uuid and d.id = r.id
  where r.type <> 'session'
  union all
  -- A session is found by its summary.
  select d.id, d.kind, r.score, d.session_id, d.from_me, d.speaker, d.asks, d.occurred_at, r.names, r.distance, d.source,
    d.source_id, d.type, d.metadata, d.expires_at, d.contact_id
  from reached r
  join memory_index d on d.tenant_id = $1::uuid and d.session_id = r.id and d.kind = 'document' and d.source = 'session'
  where r.type = 'session'
)
select d.id::text as id, d.kind, max(d.score)::float8 as score, d.session_id::text as "sessionId", d.from_me as "fromMe",
  d.speaker, d.asks, d.occurred_at as "occurredAt", min(d.distance)::int as distance, min(d.names) as matched
from found d
where ($2::uuid is null or d.contact_id = $2::uuid)
  and ($3::uuid is null or d.session_id = $3::uuid)
  and d.source = any ($4::text[])
  and ($5::uuid[] = '{}' or d.source_id <> all ($5::uuid[]))
  and ($6::text[] is null or d.type = any ($6::text[]))
  and ($7::timestamptz is null or d.occurred_at >= $7::timestamptz)
  and ($8::timestamptz is null or d.occurred_at < $8::timestamptz)
  and ($9::jsonb is null or d.metadata @> $9::jsonb)
  and (d.expires_at is null or d.expires_at > now())
group by d.id, d.kind, d.session_id, d.from_me, d.speaker, d.asks, d.occurred_at
order by score desc, d.id desc
limit $12::int
