-- Answers kept for repeated requests. $1 tenant, $2 contact
delete from idempotency_keys where tenant_id = $1::uuid and response_body ->> 'contact_id' = $2::uuid::text
