-- Jobs at a parser whose end is told by webhook: whose document they read, and what the resumed reading needs.
create table document_jobs (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  provider text not null,
  -- the provider's; a webhook names nothing else
  job_id text not null,
  enrichment_id uuid not null,
  -- of the activity that started it: what that one reserved is settled by the one that resumes it
  activity_key text not null,
  created_at timestamptz not null default now(),
  -- when its webhook came
  finished_at timestamptz,
  unique (tenant_id, id),
  unique (provider, job_id),
  foreign key (tenant_id, enrichment_id) references message_enrichments (tenant_id, id) on delete cascade
);
create index document_jobs_enrichment_idx on document_jobs (tenant_id, enrichment_id);
select enable_tenant_isolation('document_jobs');
-- A webhook says no tenant: the job does.
select grant_system_access('document_jobs');
