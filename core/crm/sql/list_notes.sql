-- $1 tenant, $2 contact or null, $3 type or null, $4 search text or null, $5 id after which to go on, $6 limit
select n.id, n.contact_id as "contactId", n.session_id as "sessionId", n.type, n.content, n.priority,
  n.author_type as "authorType", n.author_id as "authorId", n.visible_to_client as "visibleToClient",
  n.is_pinned as "isPinned", n.tags, n.created_at as "createdAt", n.updated_at as "updatedAt"
from notes n
where n.tenant_id = $1::uuid and n.deleted_at is null
  and ($2::uuid is null or n.contact_id = $2::uuid)
  and ($3::text is null or n.type = $3)
  and ($4::text is null or n.search @@ websearch_to_tsquery('pt_br', $4))
  and ($5::uuid is null or n.id < $5::uuid)
order by n.id desc
limit $6::int
