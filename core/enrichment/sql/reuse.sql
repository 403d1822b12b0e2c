-- Prepared: planned once a connection.
-- $1 tenant, $2 enrichment, $3 media, $4 context, $5 whether it is being read from now on if there is nothing to reuse
-- The same medium in the same context was read before: take its text, at no cost.
with other as (
  select id, extracted_text, provider, model, metadata from message_enrichments
  where tenant_id = $1::uuid and media_id = $3::uuid and context = $4 and status = 'completed' and id <> $2::uuid
  order by completed_at limit 1
), started as (
  update message_enrichments set status = 'processing', started_at = now()
  where tenant_id = $1::uuid and id = $2::uuid and status = 'pending' and $5::boolean and not exists (select from other)
)
update message_enrichments e
set status = 'completed', extracted_text = other.extracted_text, provider = other.provider, model = other.model,
  metadata = e.metadata || other.metadata || jsonb_build_object('reusedFrom', other.id), started_at = coalesce(e.started_at, now()),
  completed_at = now(), processing_time_ms = 0, cost_micros = 0, deferred_until = null, error_code = null, error_message = null
from other
where e.tenant_id = $1::uuid and e.id = $2::uuid and e.status <> 'completed'
returning e.id, e.content_type as "contentType", extract(epoch from now() - e.created_at)::float8 as "ageSeconds"
