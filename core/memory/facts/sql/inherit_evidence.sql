-- A merged fact keeps the evidence of those it continues. $1 tenant, $2 the fact, $3 those it replaces
update memory_facts f set
  evidence_message_ids = array(select distinct unnest(f.evidence_message_ids || old.ids)),
  evidence_quotes = old.quotes || f.evidence_quotes,
  confidence = greatest(f.confidence, old.confidence)
from (
  select array(select unnest(evidence_message_ids) from memory_facts where tenant_id = $1::uuid and id = any ($3::uuid[])) as ids,
    coalesce((select jsonb_object_agg(q.key, q.value) from memory_facts o, jsonb_each(o.evidence_quotes) q
      where o.tenant_id = $1::uuid and o.id = any ($3::uuid[])), '{}') as quotes,
    (select max(confidence) from memory_facts where tenant_id = $1::uuid and id = any ($3::uuid[])) as confidence
) old
where f.tenant_id = $1::uuid and f.id = $2::uuid
