-- $1 tenant, $2 conversation. What it asks of a person: the intent of its last turn and the contact's language.
select k.language,
  (select d.intent from decision_records d
   where d.tenant_id = $1::uuid and d.conversation_id = c.id order by d.started_at desc limit 1) as intent
from conversations c
join contacts k on k.tenant_id = c.tenant_id and k.id = c.contact_id
where c.tenant_id = $1::uuid and c.id = $2::uuid
