-- Prepared: planned once a connection.
-- $1 events as JSON, in the order in which they happened
insert into outbox_events (event_id, tenant_id, aggregate_type, aggregate_id, event_type, event_data, category, metadata)
select event_id, tenant_id, aggregate_type, aggregate_id, event_type, event_data, category, metadata
from rows from (jsonb_to_recordset($1::jsonb) as (event_id uuid, tenant_id uuid, aggregate_type text, aggregate_id uuid,
  event_type text, event_data jsonb, category text, metadata jsonb))
  with ordinality as e(event_id, tenant_id, aggregate_type, aggregate_id, event_type, event_data, category, metadata, place)
order by place
