-- The transaction that wrote a row, for streams that miss nothing: ids and sequences are given before the commit, so one that
-- comes late lies before what was sent already. Rows from before this have 0 and are in no stream. A bigint, because row
-- security lets an index serve no comparison of xid8.
alter table contact_events add column written_in bigint not null default 0;
alter table contact_events alter column written_in set default (pg_current_xact_id()::text::bigint);
create index contact_events_live_idx on contact_events (tenant_id, contact_id, written_in, id);

alter table outbox_events add column written_in bigint not null default 0;
alter table outbox_events alter column written_in set default (pg_current_xact_id()::text::bigint);
create index outbox_events_live_idx on outbox_events (tenant_id, written_in, event_id)
  where event_type in ('message.created', 'message.send_requested', 'conversation.handler_changed', 'session.escalated');
