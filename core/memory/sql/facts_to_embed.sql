-- Facts without a vector of the tenant's model: one that only gained evidence has its own. $1 tenant, $2 fact ids
select f.id::text as "factId", f.contact_id::text as "contactId",
  m.conversation_id::text as "conversationId", m.session_id::text as "sessionId",
  f.fact_type as "factType", f.fact_text as text, f.valid_from as "validFrom"
from memory_facts f
join messages m on m.tenant_id = f.tenant_id and m.id = f.source_message_id
where f.tenant_id = $1::uuid and f.id = any ($2::uuid[]) and f.invalidated_at is null
     and (f.superseded_by is null or f.valid_to > now())
     and not exists (
       select from memory_embeddings e
       join memory_models a on a.tenant_id = e.tenant_id and a.model = e.model
       where e.tenant_id = f.tenant_id and e.fact_id = f.id and e.content_text = f.fact_text)
order by f.id
