-- Prepared: planned once a connection.
-- $1 tenant, $2 turn. Discounts that were really offered to its contact, and neither refused nor withdrawn.
select distinct discount_percent as percent from retention_offers
where tenant_id = $1::uuid and status not in ('refused', 'withdrawn')
  and contact_id = (
    select c.contact_id from message_groups g
    join conversations c on c.tenant_id = g.tenant_id and c.id = g.conversation_id
    where g.tenant_id = $1::uuid and g.id = $2::uuid)
