-- How each operation of each provider fares in each process: breakers and bulkheads belong to a process, and this is where
-- all of them can be seen together. No data of tenants, so no row security; only the system role reads and writes it.
create table provider_states (
  process_id text not null,
  role text not null check (role in ('api', 'workers')),
  provider text not null,
  operation text not null,
  model text,
  breaker text not null check (breaker in ('closed', 'half_open', 'open')),
  open_circuits integer not null,
  since timestamptz not null,
  last_error_code text,
  last_error_at timestamptz,
  max_concurrent integer not null,
  in_use integer not null,
  waiting integer not null,
  rejected bigint not null,
  model_problem text,
  seen_at timestamptz not null default now(),
  primary key (process_id, provider, operation)
);
grant select, insert, update, delete on provider_states to ventros_system;

-- For the metrics: counts over all tenants, of these columns and no others.
create policy system_counts on ai_costs for select to ventros_system using (true);
grant select (status, expires_at) on ai_costs to ventros_system;
create index ai_costs_reserved_idx on ai_costs (expires_at) where status = 'reserved';
create policy system_counts on dead_letters for select to ventros_system using (true);
grant select (source, replayed_at) on dead_letters to ventros_system;
create index dead_letters_open_idx on dead_letters (source) where replayed_at is null;
