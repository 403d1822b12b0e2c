-- What an ended session came to, written once by a workflow of its own. The text is searched through its vector's row.
create table session_summaries (
  tenant_id uuid not null references projects (id),
  session_id uuid not null,
  contact_id uuid not null,
  summary text not null,
  topics text[] not null,
  sentiment text not null check (sentiment in ('positive', 'neutral', 'negative', 'mixed')),
  -- -1 to 1
  sentiment_score double precision not null check (sentiment_score between -1 and 1),
  -- one sentence; the three flags say the same for filters and numbers
  outcome text not null,
  resolved boolean not null,
  escalated boolean not null,
  converted boolean not null,
  next_steps text[] not null,
  -- [{type, name}]
  key_entities jsonb not null,
  messages_read integer not null,
  language text not null,
  model text not null,
  prompt_version text not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, session_id),
  foreign key (tenant_id, session_id) references sessions (tenant_id, id),
  foreign key (tenant_id, contact_id) references contacts (tenant_id, id)
);
create index session_summaries_contact_idx on session_summaries (tenant_id, contact_id);
select enable_tenant_isolation('session_summaries');
