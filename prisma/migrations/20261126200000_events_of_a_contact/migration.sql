-- Whose event it is. A column, because row security lets an index serve no expression over the data.
alter table outbox_events add column contact_id uuid generated always as (
  case when aggregate_type = 'contact' then aggregate_id
    else coalesce(event_data ->> 'contactId', event_data #>> '{conversation,contactId}')::uuid
  end) stored;
create index outbox_events_contact_idx on outbox_events (tenant_id, contact_id, sequence) where contact_id is not null;
create index outbox_events_type_idx on outbox_events (tenant_id, event_type, sequence);
