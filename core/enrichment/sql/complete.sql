-- Prepared: planned once a connection.
-- $1 tenant, $2 enrichment, $3 text, $4 provider, $5 model, $6 cost of this step, $7 metadata to merge, $8 event id,
-- $9 event metadata
-- The text and the event that tells of it; neither when it was completed before.
with completed as (
  update message_enrichments
  set status = 'completed', extracted_text = $3, provider = $4, model = $5, cost_micros = cost_micros + $6::bigint,
    metadata = metadata || $7::jsonb, completed_at = now(), deferred_until = null, error_code = null, error_message = null,
    processing_time_ms = (extract(epoch from now() - coalesce(started_at, created_at)) * 1000)::int
  where tenant_id = $1::uuid and id = $2::uuid and status <> 'completed'
  returning id, content_type, created_at
), told as (
  insert into outbox_events (event_id, tenant_id, aggregate_type, aggregate_id, event_type, event_data, metadata)
  select $8::uuid, $1::uuid, 'enrichment', id, 'message.enrichment.completed', jsonb_build_object('provider', $4), $9::jsonb
  from completed
)
select id, content_type as "contentType", extract(epoch from now() - created_at)::float8 as "ageSeconds" from completed
