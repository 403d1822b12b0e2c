-- What the workflows write: enrichments, turns and their decisions, memory, and the cost ledger.

create table message_enrichments (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  message_id uuid,
  contact_id uuid,
  conversation_id uuid,
  media_id uuid,
  media_url text,
  file_name text,
  content_type text not null check (content_type in ('audio', 'voice', 'image', 'video', 'document', 'sticker', 'unknown')),
  context text not null default 'chat_message',
  status text not null default 'pending' check (status in ('pending', 'processing', 'completed', 'failed')),
  provider text,
  model text,
  extracted_text text,
  metadata jsonb not null default '{}',
  priority integer not null default 5,
  cost_micros bigint not null default 0,
  processing_time_ms integer,
  error_code text,
  error_message text,
  -- set while every provider is down and the workflow sleeps
  deferred_until timestamptz,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  completed_at timestamptz,
  unique (tenant_id, id),
  foreign key (tenant_id, message_id) references messages (tenant_id, id),
  foreign key (tenant_id, contact_id) references contacts (tenant_id, id),
  foreign key (tenant_id, media_id) references media_files (tenant_id, id)
);
create unique index message_enrichments_message_key on message_enrichments (tenant_id, message_id) where message_id is not null;
create index message_enrichments_reuse_idx on message_enrichments (tenant_id, media_id, context) where status = 'completed';
create index message_enrichments_tenant_idx on message_enrichments (tenant_id, created_at desc, id desc);
select enable_tenant_isolation('message_enrichments');

-- One debounce: the messages that one turn answers together.
create table message_groups (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  conversation_id uuid not null,
  session_id uuid not null,
  status text not null default 'pending' check (status in ('pending', 'processing', 'completed', 'expired')),
  -- why this group exists: new messages, or a medium whose text came after its turn
  kind text not null default 'messages' check (kind in ('messages', 'late_media')),
  handler_version integer not null,
  started_at timestamptz not null default now(),
  completed_at timestamptz,
  unique (tenant_id, id),
  foreign key (tenant_id, conversation_id) references conversations (tenant_id, id),
  foreign key (tenant_id, session_id) references sessions (tenant_id, id)
);
create index message_groups_conversation_idx on message_groups (tenant_id, conversation_id, started_at desc, id desc);
select enable_tenant_isolation('message_groups');

create table message_group_messages (
  tenant_id uuid not null references projects (id),
  message_id uuid not null,
  kind text not null default 'messages' check (kind in ('messages', 'late_media')),
  group_id uuid not null,
  position integer not null,
  primary key (tenant_id, message_id, kind),
  foreign key (tenant_id, message_id) references messages (tenant_id, id),
  foreign key (tenant_id, group_id) references message_groups (tenant_id, id)
);
create index message_group_messages_group_idx on message_group_messages (tenant_id, group_id, position);
select enable_tenant_isolation('message_group_messages');

create table decision_records (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  group_id uuid not null,
  conversation_id uuid not null,
  agent text not null,
  intent text not null check (intent in ('sales_prospecting', 'retention_churn', 'support_technical', 'support_billing', 'general')),
  intent_confidence double precision not null,
  intent_scores jsonb not null default '{}',
  memory_query text,
  -- memory hits and facts with their ranks, as the model saw them
  context jsonb not null default '{}',
  tools_offered text[] not null default '{}',
  provider text,
  model text,
  prompt_version text,
  outcome text check (outcome in ('replied', 'handed_over', 'silenced', 'failed')),
  outcome_reason text,
  reply_message_id uuid,
  workflow_id text not null,
  run_id text not null,
  started_at timestamptz not null default now(),
  finished_at timestamptz,
  unique (tenant_id, id),
  unique (tenant_id, group_id),
  foreign key (tenant_id, group_id) references message_groups (tenant_id, id),
  foreign key (tenant_id, conversation_id) references conversations (tenant_id, id),
  foreign key (tenant_id, reply_message_id) references messages (tenant_id, id)
);
create index decision_records_tenant_idx on decision_records (tenant_id, started_at desc, id desc);
create index decision_records_conversation_idx on decision_records (tenant_id, conversation_id, started_at desc, id desc);
select enable_tenant_isolation('decision_records');

-- Every model answer and tool call of a turn, in order. Workflow payloads carry only (group, step).
create table decision_steps (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  group_id uuid not null,
  step integer not null,
  kind text not null check (kind in ('model', 'tool')),
  -- 'model' for a model step, else the call id given by the model
  call_id text not null,
  tool text,
  input jsonb not null default '{}',
  output jsonb,
  status text not null check (status in ('requested', 'done', 'failed', 'refused')),
  error_code text,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  unique (tenant_id, group_id, step, call_id),
  foreign key (tenant_id, group_id) references message_groups (tenant_id, id)
);
select enable_tenant_isolation('decision_steps');

create table memory_embeddings (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  contact_id uuid,
  session_id uuid,
  message_id uuid,
  fact_id uuid,
  content_type text not null check (content_type in ('message', 'session_summary', 'fact', 'document', 'audio', 'image', 'video')),
  content_text text not null,
  content_hash text not null,
  search tsvector generated always as (to_tsvector('pt_br', content_text)) stored,
  embedding vector(768) not null,
  model text not null,
  dimensions integer not null,
  metadata jsonb not null default '{}',
  occurred_at timestamptz not null,
  created_at timestamptz not null default now(),
  foreign key (tenant_id, contact_id) references contacts (tenant_id, id),
  foreign key (tenant_id, session_id) references sessions (tenant_id, id),
  foreign key (tenant_id, message_id) references messages (tenant_id, id)
);
create unique index memory_embeddings_message_key on memory_embeddings (tenant_id, message_id, content_type, model)
  where message_id is not null;
create unique index memory_embeddings_fact_key on memory_embeddings (tenant_id, fact_id, model) where fact_id is not null;
create index memory_embeddings_contact_idx on memory_embeddings (tenant_id, contact_id, occurred_at desc);
create index memory_embeddings_search_idx on memory_embeddings using gin (search);
create index memory_embeddings_metadata_idx on memory_embeddings using gin (metadata);
create index memory_embeddings_vector_idx on memory_embeddings using hnsw (embedding vector_cosine_ops)
  with (m = 16, ef_construction = 64);
select enable_tenant_isolation('memory_embeddings');

create table memory_facts (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  contact_id uuid not null,
  fact_type text not null check (fact_type in ('budget', 'preference', 'objection', 'pain_point', 'timeline', 'goal',
    'technical_issue', 'environment_info', 'decision_maker', 'competitor', 'constraint', 'attribute', 'event')),
  fact_text text not null,
  -- sha256 of the text without case, accents and punctuation: the same fact twice is one row
  fact_hash text not null,
  language text not null default 'pt-BR',
  confidence double precision not null check (confidence between 0 and 1),
  source_message_id uuid not null,
  evidence_message_ids uuid[] not null,
  claimed_by text not null default 'customer' check (claimed_by in ('customer', 'company')),
  model text not null,
  valid_from timestamptz not null,
  valid_to timestamptz,
  recorded_at timestamptz not null default now(),
  expires_at timestamptz,
  invalidated_at timestamptz,
  superseded_by uuid,
  unique (tenant_id, id),
  foreign key (tenant_id, contact_id) references contacts (tenant_id, id),
  foreign key (tenant_id, source_message_id) references messages (tenant_id, id)
);
create unique index memory_facts_hash_key on memory_facts (tenant_id, contact_id, fact_type, fact_hash)
  where invalidated_at is null;
create index memory_facts_contact_idx on memory_facts (tenant_id, contact_id, fact_type) where invalidated_at is null;
select enable_tenant_isolation('memory_facts');

-- One row per paid call, keyed by the activity that makes it: a retry finds its own reservation.
create table ai_costs (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  activity_key text not null,
  provider text not null,
  model text not null,
  operation text not null check (operation in ('vision', 'speech', 'document', 'embedding', 'language', 'rerank')),
  status text not null check (status in ('reserved', 'settled', 'released')),
  reserved_micros bigint not null,
  cost_micros bigint not null default 0,
  -- {inputTokens, cachedInputTokens, outputTokens, audioSeconds, pages, images}
  usage jsonb not null default '{}',
  price_as_of date,
  contact_id uuid,
  conversation_id uuid,
  enrichment_id uuid,
  group_id uuid,
  created_at timestamptz not null default now(),
  settled_at timestamptz,
  -- a reservation whose process died is released by the clock
  expires_at timestamptz not null,
  unique (tenant_id, activity_key)
);
create index ai_costs_tenant_idx on ai_costs (tenant_id, created_at);
create index ai_costs_conversation_idx on ai_costs (tenant_id, conversation_id, created_at);
create index ai_costs_group_idx on ai_costs (tenant_id, group_id);
select enable_tenant_isolation('ai_costs');
