-- Not those of the company's own documents. $1 tenant, $2 days, $3 most rows
update message_enrichments set extracted_text = null, metadata = '{}', error_message = null
where tenant_id = $1::uuid and id in (
  select id from message_enrichments e
  where tenant_id = $1::uuid and created_at < now() - make_interval(days => $2::int)
    and status in ('completed', 'failed') and (extracted_text is not null or metadata <> '{}' or error_message is not null)
    and not exists (select from knowledge_documents k where k.tenant_id = e.tenant_id and k.enrichment_id = e.id)
  limit $3::int)
