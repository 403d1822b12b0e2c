-- $1 tenant, $2 days, $3 most rows
update message_enrichments set extracted_text = null, metadata = '{}', error_message = null
where tenant_id = $1::uuid and id in (
  select id from message_enrichments
  where tenant_id = $1::uuid and created_at < now() - make_interval(days => $2::int)
    and status in ('completed', 'failed') and (extracted_text is not null or metadata <> '{}' or error_message is not null)
  limit $3::int)
