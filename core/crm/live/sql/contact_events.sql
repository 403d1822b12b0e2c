-- $1 tenant, $2 contact, $3 snapshot whose rows were given out, $4 snapshot up to which to go or null for that of this
-- statement, $5 and $6 transaction and id to go on after, $7 most rows. The snapshot comes also without any row.
with upto as materialized (
  select coalesce($4::pg_snapshot, pg_current_snapshot()) as snapshot
)
select upto.snapshot::text as snapshot, fresh.*
from upto
left join lateral (
  select e.id, e.contact_id as "contactId", e.session_id as "sessionId", e.category, e.event_type as "eventType", e.title,
    e.payload, e.priority, e.source, e.visible_to_client as "visibleToClient", e.told_agent_id as "toldAgentId",
    e.occurred_at as "occurredAt", e.written_in as "writtenIn"
  from contact_events e
  where e.tenant_id = $1::uuid and e.contact_id = $2::uuid
    and e.written_in >= pg_snapshot_xmin($3::pg_snapshot)::text::bigint
    and (e.written_in, e.id) > ($5::bigint, $6::uuid)
    and not pg_visible_in_snapshot(e.written_in::text::xid8, $3::pg_snapshot)
    and pg_visible_in_snapshot(e.written_in::text::xid8, upto.snapshot)
  order by e.written_in, e.id
  limit $7::int
) fresh on true
order by fresh."writtenIn", fresh.id
