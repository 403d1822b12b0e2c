-- Which enrichments are under way, and since when: those whose workflow is gone must be found in every tenant.
create index message_enrichments_under_way_idx on message_enrichments (id) where status in ('pending', 'processing');
create policy system_under_way on message_enrichments for select to ventros_system
  using (status in ('pending', 'processing'));
grant select (id, tenant_id, message_id, status, created_at, started_at) on message_enrichments to ventros_system;
