-- $1 tenant, $2 agents or null for all, $3 from, $4 to
with sent as (
  select m.agent_id, m.session_id, m.contact_id, m.sent_at,
    (select max(q.sent_at) from messages q where q.tenant_id = m.tenant_id and q.session_id = m.session_id
       and not q.from_me and q.sent_at <= m.sent_at) as asked_at,
    lag(m.sent_at) over (partition by m.session_id order by m.sent_at, m.id) as answered_at
  from messages m
  where m.tenant_id = $1::uuid and m.from_me and m.deleted_at is null
    and m.sent_at >= $3::timestamptz and m.sent_at <= $4::timestamptz
), own as (
  select agent_id, session_id, contact_id from sent group by agent_id, session_id, contact_id
)
select a.id as "agentId", a.name, a.type,
  count(*)::int as messages,
  count(distinct s.session_id)::int as sessions,
  count(distinct s.contact_id)::int as contacts,
  -- only the first message after a question is an answer to it
  avg(extract(epoch from s.sent_at - s.asked_at)) filter (where s.answered_at is null or s.answered_at < s.asked_at)::float8
    as "responseSeconds",
  (select avg(case when v.handler = 'ai' or a.type = 'human' then 1 else 0 end)::float8
   from own o join sessions e on e.tenant_id = a.tenant_id and e.id = o.session_id and e.status <> 'active'
   join conversations v on v.tenant_id = e.tenant_id and v.id = e.conversation_id
   where o.agent_id = a.id) as "resolutionRate",
  (select avg(case when exists (
       select 1 from contact_stages g join pipeline_statuses t on t.tenant_id = g.tenant_id and t.id = g.status_id
       where g.tenant_id = a.tenant_id and g.contact_id = c.contact_id and t.type = 'closed'
         and g.entered_at >= $3::timestamptz and g.entered_at <= $4::timestamptz) then 1 else 0 end)::float8
   from (select distinct o.contact_id from own o where o.agent_id = a.id) c) as "conversionRate",
  coalesce((select string_agg(said.text, E'\n') from (
     select left(q.text, 500) as text from messages q join own o on o.session_id = q.session_id
     where q.tenant_id = a.tenant_id and o.agent_id = a.id and not q.from_me and q.text is not null
     order by q.sent_at desc limit 200) said), '') as texts
from agents a
join sent s on s.agent_id = a.id
where a.tenant_id = $1::uuid and a.deleted_at is null and a.type not in ('system', 'virtual')
  and ($2::uuid[] is null or a.id = any ($2::uuid[]))
group by a.tenant_id, a.id, a.name, a.type
order by a.name, a.id
