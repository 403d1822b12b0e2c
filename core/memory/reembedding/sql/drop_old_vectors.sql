-- Vectors of other models whose document is kept elsewhere and that have a counterpart. A row that is a document itself stays:
-- it holds the text, and its vector is compared with nothing any more. $1 tenant, $2 new model, $3 most rows
delete from memory_embeddings e
where e.tenant_id = $1::uuid and e.id in (
  select o.id from memory_embeddings o
  where o.tenant_id = $1::uuid and o.model <> $2 and o.document_id <> o.id
    and exists (
      select from memory_embeddings n
      where n.tenant_id = o.tenant_id and n.document_id = o.document_id and n.model = $2
        and n.content_type = o.content_type)
  order by o.id
  limit $3::int)
