-- Vectors of messages whose text is another one now, of every model, and parts of texts that were cut otherwise.
-- $1 tenant, $2 what the messages say now as JSON [{message_id, content_type, content_hash, origin}]
with given as (
  select * from jsonb_to_recordset($2::jsonb) as r(message_id uuid, content_type text, content_hash text, origin text)
)
delete from memory_embeddings e
where e.tenant_id = $1::uuid and e.message_id in (select message_id from given)
  and exists (
    select from given g
    where g.message_id = e.message_id and g.content_type = e.content_type and g.origin = e.origin
      and g.origin in ('pipeline', 'derived'))
  and not exists (
    select from given g
    where g.message_id = e.message_id and g.content_type = e.content_type and g.origin = e.origin
      and g.content_hash = e.content_hash)
