-- $1 tenant, $2 contacts, $3 messages to read
select c.id, c.name,
  (select extract(epoch from now() - max(m.sent_at))::float8 / 86400 from messages m
   where m.tenant_id = c.tenant_id and m.contact_id = c.id and not m.from_me and m.deleted_at is null)
    as "daysSinceLastMessage",
  (select count(*)::int from messages m where m.tenant_id = c.tenant_id and m.contact_id = c.id and not m.from_me
     and m.sent_at > now() - interval '30 days') as "messagesLast30Days",
  (select count(*)::int from messages m where m.tenant_id = c.tenant_id and m.contact_id = c.id and not m.from_me
     and m.sent_at > now() - interval '60 days' and m.sent_at <= now() - interval '30 days') as "messages30DaysBefore",
  (select count(*)::int from decision_records d
   join conversations v on v.tenant_id = d.tenant_id and v.id = d.conversation_id
   where d.tenant_id = c.tenant_id and v.contact_id = c.id and d.intent = 'retention_churn'
     and d.started_at > now() - interval '90 days') as "retentionTurns",
  (select count(*)::int from memory_facts f where f.tenant_id = c.tenant_id and f.contact_id = c.id
     and f.fact_type in ('objection', 'pain_point') and f.invalidated_at is null
     and (f.superseded_by is null or f.valid_to > now())
     and (f.expires_at is null or f.expires_at > now())) as complaints,
  (select count(*)::int from conversations v where v.tenant_id = c.tenant_id and v.contact_id = c.id
     and v.handler = 'waiting') as unanswered,
  coalesce((select string_agg(last.text, E'\n') from (
     select left(m.text, 1000) as text from messages m where m.tenant_id = c.tenant_id and m.contact_id = c.id
       and not m.from_me and m.text is not null and m.deleted_at is null
     order by m.sent_at desc limit $3::int) last), '') as texts
from contacts c
where c.tenant_id = $1::uuid and c.id = any ($2::uuid[]) and c.deleted_at is null
