-- The parts of a document in their order. $1 tenant, $2 message or null, $3 document of the company or null, $4 first part,
-- $5 how many
select (e.metadata ->> 'chunk_index')::int as index, (e.metadata ->> 'total_chunks')::int as total,
  (e.metadata ->> 'page')::int as page, e.content_text as text
from memory_embeddings e
where e.tenant_id = $1::uuid and e.origin = 'derived' and e.copy_of is null
  and ($2::uuid is null or e.message_id = $2::uuid)
  and ($3::uuid is null or e.knowledge_document_id = $3::uuid)
  and (e.metadata ->> 'chunk_index')::int >= $4::int
order by index
limit $5::int
