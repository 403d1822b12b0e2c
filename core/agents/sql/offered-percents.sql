-- Prepared: planned once a connection.
-- $1 tenant, $2 contact. Discounts that were really offered, and neither refused nor withdrawn.
select distinct discount_percent as percent from retention_offers
where tenant_id = $1::uuid and contact_id = $2::uuid and status not in ('refused', 'withdrawn')
