-- Prepared: planned once a connection.
-- $1 id, $2 tenant, $3 activity key, $4 provider, $5 model, $6 operation, $7 reserved micros, $8 price as of,
-- $9 contact, $10 conversation, $11 enrichment, $12 group, $13 seconds to live
-- A retry of the same activity finds the row of the attempt before and keeps what that attempt may have cost.
insert into ai_costs (id, tenant_id, activity_key, provider, model, operation, status, reserved_micros, price_as_of,
  contact_id, conversation_id, enrichment_id, group_id, expires_at)
values ($1::uuid, $2::uuid, $3, $4, $5, $6, 'reserved', $7::bigint, $8::date, $9::uuid, $10::uuid, $11::uuid, $12::uuid,
  now() + make_interval(secs => $13::int))
on conflict (tenant_id, activity_key) do update
  set status = 'reserved', provider = excluded.provider, model = excluded.model,
      reserved_micros = excluded.reserved_micros, expires_at = excluded.expires_at
