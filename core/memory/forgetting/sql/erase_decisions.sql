-- What turns remembered; that they took place, what they decided and what they cost stays. $1 tenant, $2 contact
update decision_records d set context = '{}', memory_query = null
from conversations c
where d.tenant_id = $1::uuid and c.tenant_id = d.tenant_id and c.id = d.conversation_id and c.contact_id = $2::uuid
  and (d.context <> '{}' or d.memory_query is not null)
