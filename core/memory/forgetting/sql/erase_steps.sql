-- $1 tenant, $2 contact
update decision_steps s set input = '{}', output = null
from message_groups g
join conversations c on c.tenant_id = g.tenant_id and c.id = g.conversation_id
where s.tenant_id = $1::uuid and g.tenant_id = s.tenant_id and g.id = s.group_id and c.contact_id = $2::uuid
  and (s.input <> '{}' or s.output is not null)
