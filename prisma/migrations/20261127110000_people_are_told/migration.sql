-- Whether whoever had a conversation is told when it goes to somebody else.
alter table people_settings add column notify_previous boolean not null default true;

-- The person that a line of category `notification` is for.
alter table contact_events add column told_agent_id uuid;
alter table contact_events add foreign key (tenant_id, told_agent_id) references agents (tenant_id, id);
create index contact_events_told_idx on contact_events (tenant_id, told_agent_id, id desc) where told_agent_id is not null;

-- The stream of conversations tells it as well.
drop index outbox_events_live_idx;
create index outbox_events_live_idx on outbox_events (tenant_id, written_in, event_id)
  where event_type in ('message.created', 'message.send_requested', 'conversation.handler_changed', 'session.escalated',
    'agent.notified');
