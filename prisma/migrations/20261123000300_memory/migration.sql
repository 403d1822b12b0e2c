-- The keyword leg reads messages, enrichments and facts where they are kept, so that it also finds what no embedder
-- has turned into a vector yet.

-- Cut at 200,000 characters: a tsvector ends at 1 MB, and a longer one would refuse the whole row.
alter table message_enrichments add column search tsvector
  generated always as (to_tsvector('pt_br', left(coalesce(extracted_text, ''), 200000))) stored;
alter table memory_facts add column search tsvector
  generated always as (to_tsvector('pt_br', fact_text)) stored;

-- A 'pipeline' row is the vector of a message or fact that is searched in its own table; an 'external' row, given to us
-- by RPC, is a document of its own.
alter table memory_embeddings add column origin text not null default 'pipeline'
  check (origin in ('pipeline', 'external'));

-- Rows without a message or a fact had no key of their own: storing the same one twice must be one row.
create unique index memory_embeddings_content_key on memory_embeddings (tenant_id,
  coalesce(contact_id, '00000000-0000-0000-0000-000000000000'::uuid),
  coalesce(session_id, '00000000-0000-0000-0000-000000000000'::uuid), content_type, model, content_hash)
  where message_id is null and fact_id is null;

-- Everything a search may return, one row per document: what was said (with what was read from its medium), facts that
-- hold, and documents that exist only as an embedding. Runs with the rights of whoever asks, so row security applies.
create view memory_documents with (security_invoker = true) as
select m.tenant_id, 'message' as kind, m.id, 'message' as source, m.id as source_id, m.contact_id, m.session_id,
  m.search || coalesce(e.search, ''::tsvector) as search,
  concat_ws(E'\n', nullif(m.text, ''), nullif(e.extracted_text, '')) as content,
  m.sent_at as occurred_at,
  jsonb_build_object('contentType', m.content_type, 'role', case when m.from_me then 'company' else 'customer' end)
    as metadata
from messages m
left join message_enrichments e
  on e.tenant_id = m.tenant_id and e.message_id = m.id and e.status = 'completed'
where m.deleted_at is null and m.content_type <> 'system' and m.status not in ('failed', 'cancelled')
union all
select f.tenant_id, 'fact', f.id, 'fact', f.id, f.contact_id, m.session_id, f.search, f.fact_text, f.valid_from,
  jsonb_build_object('factType', f.fact_type, 'confidence', f.confidence, 'sourceMessageId', f.source_message_id)
from memory_facts f
join messages m on m.tenant_id = f.tenant_id and m.id = f.source_message_id
where f.invalidated_at is null and (f.expires_at is null or f.expires_at > now())
union all
select d.tenant_id, 'document', d.id,
  case d.content_type when 'session_summary' then 'session' when 'fact' then 'fact' else 'message' end,
  case when d.content_type = 'session_summary' then coalesce(d.session_id, d.id) else coalesce(d.message_id, d.id) end,
  d.contact_id, d.session_id, d.search, d.content_text, d.occurred_at,
  d.metadata || jsonb_build_object('contentType', d.content_type)
from memory_embeddings d
left join messages m on m.tenant_id = d.tenant_id and m.id = d.message_id
where (d.origin = 'external' or d.content_type = 'session_summary') and m.deleted_at is null;
grant select on memory_documents to ventros_app;
