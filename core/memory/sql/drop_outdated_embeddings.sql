-- Vectors of messages whose text is another one now. $1 tenant, $2 rows as JSON
delete from memory_embeddings e
using jsonb_to_recordset($2::jsonb) as r(message_id uuid, content_type text, content_hash text, model text, origin text)
where e.tenant_id = $1::uuid and e.message_id = r.message_id and e.content_type = r.content_type and e.model = r.model
  and e.origin = 'pipeline' and r.origin = 'pipeline' and e.content_hash <> r.content_hash
