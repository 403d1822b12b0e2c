-- $1 tenant, $2 type: document (of the company, or read for a contact), message or fact, $3 id
select case $2
  when 'message' then exists (select from messages where tenant_id = $1::uuid and id = $3::uuid and deleted_at is null)
  when 'fact' then exists (select from memory_facts where tenant_id = $1::uuid and id = $3::uuid)
  else exists (select from knowledge_documents where tenant_id = $1::uuid and id = $3::uuid)
    or exists (select from message_enrichments
      where tenant_id = $1::uuid and id = $3::uuid and message_id is null and contact_id is not null)
  end as "isThere"
