-- The external row with this content. $1 tenant, $2 contact, $3 session, $4 message (each or null), $5 content type,
-- $6 model, $7 content hash
select id::text as id from memory_embeddings
where tenant_id = $1::uuid and origin = 'external'
  and contact_id is not distinct from $2::uuid
  and session_id is not distinct from $3::uuid
  and message_id is not distinct from $4::uuid
  and content_type = $5 and model = $6 and content_hash = $7
