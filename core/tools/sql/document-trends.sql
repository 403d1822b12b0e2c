-- Documents that came in a period, by what they are and by day. $1 tenant, $2 from, $3 to, $4 type or null
with came as (
  select coalesce(f.mime_type, e.content_type) as type, e.status,
    (m.sent_at at time zone p.timezone)::date as day
  from message_enrichments e
  join messages m on m.tenant_id = e.tenant_id and m.id = e.message_id and m.deleted_at is null
  join projects p on p.id = e.tenant_id
  left join media_files f on f.tenant_id = e.tenant_id and f.id = e.media_id
  where e.tenant_id = $1::uuid and e.content_type = 'document' and m.sent_at >= $2::timestamptz and m.sent_at < $3::timestamptz
)
select (select count(*)::int from came where $4::text is null or type = $4) as total,
  (select coalesce(jsonb_agg(t order by t.count desc, t.type), '[]') from (
    select type, count(*)::int as count, count(*) filter (where status = 'failed')::int as failed
    from came where $4::text is null or type = $4 group by type) t) as "byType",
  (select coalesce(jsonb_agg(d order by d.day), '[]') from (
    select day, count(*)::int as count from came where $4::text is null or type = $4 group by day) d) as "byDay"
