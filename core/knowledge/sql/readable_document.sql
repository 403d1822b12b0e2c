-- $1 tenant, $2 document or null, $3 message or null, $4 contact whose documents it may be, or null for anybody's
select e.file_name as title, e.status, coalesce(e.extracted_text, '') as text
from message_enrichments e
left join messages m on m.tenant_id = e.tenant_id and m.id = e.message_id and m.deleted_at is null
where e.tenant_id = $1::uuid and (e.message_id = $3::uuid or (e.id = $2::uuid and e.message_id is null and e.contact_id is not null))
  and (e.message_id is null or m.id is not null)
  and ($4::uuid is null or coalesce(m.contact_id, e.contact_id) = $4::uuid)
union all
-- Its passages: what a document says twice is one of them.
select k.title, k.status, coalesce((
  select string_agg(p.content_text, E'\n' order by (p.metadata ->> 'chunk_index')::int)
  from memory_embeddings p
  where p.tenant_id = k.tenant_id and p.knowledge_document_id = k.id and p.copy_of is null), '')
from knowledge_documents k
where k.tenant_id = $1::uuid and k.id = $2::uuid
limit 1
