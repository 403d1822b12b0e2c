-- One offer is open at a time: a newer one withdraws it. From before there may be several; the newest of a contact is open.
alter table retention_offers drop constraint retention_offers_status_check;
alter table retention_offers add constraint retention_offers_status_check
  check (status in ('offered', 'accepted', 'refused', 'withdrawn'));

alter table retention_offers no force row level security;
update retention_offers o set status = 'withdrawn', answered_at = now()
where o.status = 'offered' and exists (
  select from retention_offers n
  where n.tenant_id = o.tenant_id and n.contact_id = o.contact_id and n.status = 'offered'
    and (n.created_at, n.id) > (o.created_at, o.id));
alter table retention_offers force row level security;
