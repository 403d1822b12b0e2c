-- Only the first summary of a session is kept, and none of a contact that was forgotten since it was asked for.
-- $1 tenant, $2 session, $3 contact, $4 summary as JSON, $5 messages read, $6 when they were read
insert into session_summaries (tenant_id, session_id, contact_id, summary, topics, sentiment, sentiment_score, outcome,
  resolved, escalated, converted, next_steps, key_entities, messages_read, language, model, prompt_version)
select $1::uuid, $2::uuid, $3::uuid, r.summary, r.topics, r.sentiment, r.sentiment_score, r.outcome, r.resolved, r.escalated,
  r.converted, r.next_steps, r.key_entities, $5::int, r.language, r.model, r.prompt_version
from jsonb_to_record($4::jsonb) as r(summary text, topics text[], sentiment text, sentiment_score float8, outcome text,
  resolved boolean, escalated boolean, converted boolean, next_steps text[], key_entities jsonb, language text, model text,
  prompt_version text)
where not exists (
  select from memory_contacts k
  where k.tenant_id = $1::uuid and k.contact_id = $3::uuid and k.forgotten_until >= $6::timestamptz)
on conflict (tenant_id, session_id) do nothing
returning session_id::text as id
