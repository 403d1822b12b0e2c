-- $1 tenant, $2 enrichment, $3 part key, $4 part {text, atSeconds, provider, model, heard?}, $5 cost of this step
update message_enrichments
set metadata = jsonb_set(metadata, '{parts}', coalesce(metadata -> 'parts', '{}') || jsonb_build_object($3::text, $4::jsonb)),
  cost_micros = cost_micros + $5::bigint
where tenant_id = $1::uuid and id = $2::uuid
