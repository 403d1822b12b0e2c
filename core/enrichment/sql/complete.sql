-- Prepared: planned once a connection.
-- $1 tenant, $2 enrichment, $3 text, $4 provider, $5 model, $6 cost of this step, $7 metadata to merge
update message_enrichments
set status = 'completed', extracted_text = $3, provider = $4, model = $5, cost_micros = cost_micros + $6::bigint,
  metadata = metadata || $7::jsonb, completed_at = now(), deferred_until = null, error_code = null, error_message = null,
  processing_time_ms = (extract(epoch from now() - coalesce(started_at, created_at)) * 1000)::int
where tenant_id = $1::uuid and id = $2::uuid and status <> 'completed'
returning id, content_type as "contentType", extract(epoch from now() - created_at)::float8 as "ageSeconds"
