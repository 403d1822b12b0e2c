-- Prepared: planned once a connection.
-- $1 tenant, $2 contact, $3 since when
select count(*)::int as "offersMade", count(*) filter (where status = 'refused')::int as "offersRefused"
from retention_offers
where tenant_id = $1::uuid and contact_id = $2::uuid and created_at >= $3::timestamptz
