-- $1 tenant, $2 contact
select
  m.received as "messagesReceived",
  m.sent as "messagesSent",
  m.first_at as "firstMessageAt",
  m.last_at as "lastMessageAt",
  s.total as "sessions",
  s.active as "activeSessions",
  (select count(*)::integer from memory_facts f
   where f.tenant_id = $1::uuid and f.contact_id = $2::uuid and f.invalidated_at is null
     and (f.superseded_by is null or f.valid_to > now())
     and (f.expires_at is null or f.expires_at > now())) as "facts",
  (select count(*)::integer from message_enrichments e
   where e.tenant_id = $1::uuid
     and (e.contact_id = $2::uuid
          or e.message_id in (select id from messages where tenant_id = $1::uuid and contact_id = $2::uuid))) as "enrichments",
  (select coalesce(sum(cost_micros), 0)::bigint from ai_costs
   where tenant_id = $1::uuid and contact_id = $2::uuid and status = 'settled') as "costMicros"
from
  (select count(*) filter (where not from_me)::integer as received,
          count(*) filter (where from_me)::integer as sent,
          min(sent_at) as first_at, max(sent_at) as last_at
   from messages where tenant_id = $1::uuid and contact_id = $2::uuid and deleted_at is null) m,
  (select count(*)::integer as total, count(*) filter (where status = 'active')::integer as active
   from sessions where tenant_id = $1::uuid and contact_id = $2::uuid and deleted_at is null) s
