-- A message has one vector of its own per type and model, but any number of external documents, such as the chunks of
-- its PDF: those are told apart by their content.
drop index memory_embeddings_message_key;
create unique index memory_embeddings_message_key on memory_embeddings (tenant_id, message_id, content_type, model)
  where message_id is not null and origin = 'pipeline';
drop index memory_embeddings_content_key;
create unique index memory_embeddings_content_key on memory_embeddings (tenant_id,
  coalesce(contact_id, '00000000-0000-0000-0000-000000000000'::uuid),
  coalesce(session_id, '00000000-0000-0000-0000-000000000000'::uuid),
  coalesce(message_id, '00000000-0000-0000-0000-000000000000'::uuid), content_type, model, content_hash)
  where origin = 'external' or (message_id is null and fact_id is null);
