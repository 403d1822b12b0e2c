-- $1 tenant, $2 contact or null, $3 what to look for, $4 limit, $5 characters of an excerpt.
-- Documents the contact sent or got, or that were stored as the contact's, by any of the words; the excerpt is around the best of them.
with asked as (
  select to_tsquery('pt_br', nullif(regexp_replace(plainto_tsquery('pt_br', $3)::text, ' & ', ' | ', 'g'), '')) as query
)
select m.id as "messageId", case when m.id is null then e.id end as "documentId", coalesce(m.media_filename, e.file_name) as title,
  coalesce(m.sent_at, e.created_at) as "sentAt",
  left(ts_headline('pt_br', left(e.extracted_text, 100000), asked.query,
    'MaxFragments=2, MaxWords=60, MinWords=20, StartSel="", StopSel="", FragmentDelimiter=" … "'), $5::int) as excerpt
from asked
join message_enrichments e on e.tenant_id = $1::uuid and e.status = 'completed' and e.content_type = 'document'
  and e.search @@ asked.query
left join messages m on m.tenant_id = e.tenant_id and m.id = e.message_id and m.deleted_at is null
where (m.id is not null or (e.message_id is null and e.contact_id is not null))
  and ($2::uuid is null or coalesce(m.contact_id, e.contact_id) = $2::uuid)
order by ts_rank_cd(e.search, asked.query) desc, e.id desc
limit $4::int
