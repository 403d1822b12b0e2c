-- Dead letters are replayed once, by somebody; and an event that the relay gave up is one, too.
alter table dead_letters drop constraint dead_letters_source_check;
alter table dead_letters add constraint dead_letters_source_check check (source in ('channel_webhook', 'outbox_event'));
-- Of outbox_events. No foreign key: events are deleted once they are delivered and old, letters stay.
alter table dead_letters add column event_id uuid;
alter table dead_letters add column tries integer not null default 1;
alter table dead_letters add column replayed_by uuid references users (id);
alter table dead_letters add constraint dead_letters_event_check check ((source = 'outbox_event') = (event_id is not null));

-- The relay works before a tenant is known. It adds letters and reads none.
create policy system_adds on dead_letters for insert to ventros_system with check (source = 'outbox_event');
grant insert (id, tenant_id, source, event_id, tries, error_code, reason, body) on dead_letters to ventros_system;

-- Those given up so far. Ids are UUIDv7 of the time of the event, as those of the product are.
insert into dead_letters (id, tenant_id, source, event_id, tries, error_code, reason, body)
select encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
    placing substring(int8send((extract(epoch from created_at) * 1000)::bigint) from 3) from 1 for 6), 52, 1), 53, 1), 'hex')::uuid,
  tenant_id, 'outbox_event', event_id, greatest(retry_count, 1), 'INTERNAL_ERROR', coalesce(last_error, 'not delivered'),
  jsonb_build_object('event_type', event_type, 'aggregate_type', aggregate_type, 'aggregate_id', aggregate_id, 'data', event_data)::text
from outbox_events where status = 'failed';
