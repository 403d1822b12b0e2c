-- $1 tenant, $2 snapshot whose rows were given out, $3 snapshot up to which to go or null for that of this statement,
-- $4 and $5 transaction and id to go on after, $6 most rows. The snapshot comes also without any row. The names are those of
-- outbox_events_live_idx.
with upto as materialized (
  select coalesce($3::pg_snapshot, pg_current_snapshot()) as snapshot
)
select upto.snapshot::text as snapshot, fresh.*
from upto
left join lateral (
  select e.event_id as id, e.event_type as "eventType", e.aggregate_id as "conversationId", e.contact_id as "contactId",
    coalesce(e.event_data #>> '{message,messageId}', e.event_data ->> 'messageId')::uuid as "messageId",
    case when e.event_type = 'message.created' then (e.event_data #>> '{message,fromMe}')::boolean
      when e.event_type = 'message.send_requested' then true end as "fromMe",
    e.event_data ->> 'handler' as handler, (e.event_data ->> 'handlerVersion')::int as "handlerVersion",
    case when e.event_type in ('session.escalated', 'agent.notified') then (e.event_data ->> 'agentId')::uuid end as "agentId",
    e.created_at as "occurredAt", e.written_in as "writtenIn"
  from outbox_events e
  where e.tenant_id = $1::uuid
    and e.event_type in ('message.created', 'message.send_requested', 'conversation.handler_changed', 'session.escalated',
      'agent.notified')
    and e.written_in >= pg_snapshot_xmin($2::pg_snapshot)::text::bigint
    and (e.written_in, e.event_id) > ($4::bigint, $5::uuid)
    and not pg_visible_in_snapshot(e.written_in::text::xid8, $2::pg_snapshot)
    and pg_visible_in_snapshot(e.written_in::text::xid8, upto.snapshot)
  order by e.written_in, e.event_id
  limit $6::int
) fresh on true
order by fresh."writtenIn", fresh.id
