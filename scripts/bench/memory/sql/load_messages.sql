-- Messages with their rows of the index and their vectors, as the triggers and the embedder would write them: a vector is a
-- topic and two noises, added up. $1 tenant, $2 channel, $3 model, $4 agent; parallel arrays: $5 ids, $6 contacts,
-- $7 conversations, $8 sessions, $9 texts, $10 from_me, $11 minutes ago, $12 topics, $13 and $14 noises
with given as materialized (
  select g.*, now() - g.minutes * interval '1 minute' as sent_at
  from unnest($5::uuid[], $6::uuid[], $7::uuid[], $8::uuid[], $9::text[], $10::bool[], $11::int[], $12::int[], $13::int[],
    $14::int[]) as g(id, contact, conversation, session, text, from_me, minutes, topic, noise, other_noise)
),
said as (
  insert into messages (id, tenant_id, channel_id, contact_id, conversation_id, session_id, from_me, content_type, text,
    status, source, agent_id, sent_at)
  select id, $1::uuid, $2::uuid, contact, conversation, session, from_me, 'text', text,
    case when from_me then 'sent' else 'delivered' end, 'history_import', $4::uuid, sent_at
  from given
),
indexed as (
  insert into memory_index (tenant_id, id, kind, source, source_id, contact_id, session_id, type, from_me, asks, occurred_at,
    length, search, metadata)
  select $1::uuid, id, 'message', 'message', id, contact, session, 'text', from_me, text like '%?%', sent_at,
    length(words), words, '{"contentType": "text"}'
  from given cross join lateral memory_lexemes(text) as words
)
insert into memory_embeddings (id, tenant_id, contact_id, session_id, message_id, content_type, content_text, content_hash,
  embedding, model, dimensions, origin, occurred_at)
select gen_random_uuid(), $1::uuid, contact, session, id, 'message', '', md5(id::text),
  l2_normalize(t.vector + n.vector + o.vector), $3, 768, 'pipeline', sent_at
from given
join bench_vectors t on t.kind = 'topic' and t.no = topic
join bench_vectors n on n.kind = 'noise' and n.no = noise
join bench_vectors o on o.kind = 'noise' and o.no = other_noise
