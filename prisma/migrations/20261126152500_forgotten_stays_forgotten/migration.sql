-- Work that was under way when a contact was forgotten ends after it, and must not write back what it had read.

-- A fact that a person adds has no source and is not meant.
create function memory_refuse_forgotten_fact() returns trigger language plpgsql as $$
begin
  if memory_is_forgotten(new.tenant_id, new.contact_id, new.source_message_id) then return null; end if;
  return new;
end $$;
create trigger memory_refuse_forgotten before insert on memory_facts for each row
  when (new.source_message_id is not null) execute function memory_refuse_forgotten_fact();

-- A summary has no message of its own; what it sums up ended when it says.
create function memory_refuse_forgotten_summary() returns trigger language plpgsql as $$
begin
  if exists (
    select from memory_contacts k
    where k.tenant_id = new.tenant_id and k.contact_id = new.contact_id and k.forgotten_until >= new.occurred_at)
  then return null; end if;
  return new;
end $$;
create trigger memory_refuse_forgotten_summary before insert on memory_embeddings for each row
  when (new.content_type = 'session_summary' and new.origin <> 'external') execute function memory_refuse_forgotten_summary();
