-- Who cites a document, message or fact, newest first, at most $4 of each kind. $1 tenant, $2 id, $3 days to look back, $4 limit.
-- A tool's answer, or what memory gave a turn, cites what it holds the id of.
with since as materialized (select now() - make_interval(days => $3::int) as at, '%' || $2 || '%' as named)
select c.* from (
  (select 'fact' as "citedBy", f.id::text as id, f.contact_id::text as "contactId",
    case when f.source_message_id = $2::uuid then 'source' else 'evidence' end as how, left(f.fact_text, 300) as excerpt,
    f.recorded_at as at
  from memory_facts f, since
  where f.tenant_id = $1::uuid and f.recorded_at >= since.at
    and (f.source_message_id = $2::uuid or $2::uuid = any (f.evidence_message_ids))
  order by f.recorded_at desc limit $4::int)
  union all
  (select 'decision', d.id::text, k.contact_id::text, 'context', m.text, d.started_at
  from decision_records d
  cross join since
  left join conversations k on k.tenant_id = d.tenant_id and k.id = d.conversation_id
  left join lateral (select left(r.text, 300) as text from messages r
    where r.tenant_id = d.tenant_id and r.id = d.reply_message_id and r.deleted_at is null) m on true
  where d.tenant_id = $1::uuid and d.started_at >= since.at and d.context::text like since.named
  order by d.started_at desc limit $4::int)
  union all
  (select 'decision', d.id::text, k.contact_id::text, s.tool, m.text, s.created_at
  from decision_steps s
  cross join since
  join decision_records d on d.tenant_id = s.tenant_id and d.group_id = s.group_id
  left join conversations k on k.tenant_id = d.tenant_id and k.id = d.conversation_id
  left join lateral (select left(r.text, 300) as text from messages r
    where r.tenant_id = d.tenant_id and r.id = d.reply_message_id and r.deleted_at is null) m on true
  where s.tenant_id = $1::uuid and s.kind = 'tool' and s.created_at >= since.at
    and (s.output::text like since.named or s.input::text like since.named)
  order by s.created_at desc limit $4::int)
  union all
  (select 'tool_call', t.id::text, t.contact_id::text, t.tool, null, t.created_at
  from tool_calls t, since
  where t.tenant_id = $1::uuid and t.created_at >= since.at and t.tool <> 'get_document_references'
    and (t.output::text like since.named or t.input::text like since.named)
  order by t.created_at desc limit $4::int)
  union all
  (select 'note', n.id::text, n.contact_id::text, 'text', left(n.content, 300), n.created_at
  from notes n, since
  where n.tenant_id = $1::uuid and n.deleted_at is null and n.created_at >= since.at and n.content like since.named
  order by n.created_at desc limit $4::int)
  union all
  (select 'contact_event', e.id::text, e.contact_id::text, e.event_type, left(e.title, 300), e.occurred_at
  from contact_events e, since
  where e.tenant_id = $1::uuid and e.occurred_at >= since.at and e.payload::text like since.named
  order by e.occurred_at desc limit $4::int)
) c
order by c.at desc, c.id
