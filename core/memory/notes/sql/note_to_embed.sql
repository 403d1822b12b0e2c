-- Whoever changes it meanwhile waits until it is stored, and then forgets what it said. $1 tenant, $2 note
select n.id::text as "noteId", n.contact_id::text as "contactId", n.session_id::text as "sessionId", n.type, n.content,
  n.updated_at as "updatedAt", n.author_type as "authorType", p.timezone
from notes n
join projects p on p.id = n.tenant_id
join contacts c on c.tenant_id = n.tenant_id and c.id = n.contact_id and c.deleted_at is null
where n.tenant_id = $1::uuid and n.id = $2::uuid and n.deleted_at is null
  -- What waited for its vector when the contact was forgotten is not written back.
  and not exists (
    select from memory_contacts k
    where k.tenant_id = n.tenant_id and k.contact_id = n.contact_id and k.forgotten_until >= n.updated_at)
for share of n
