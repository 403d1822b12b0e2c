-- What calls would have done and what was said about them; that they were decided, and by whom, stays. $1 tenant, $2 contact
update approvals a set input = '{}', edited_input = null, response = null, reason = null
from conversations c
where a.tenant_id = $1::uuid and c.tenant_id = a.tenant_id and c.id = a.conversation_id and c.contact_id = $2::uuid
  and (a.input <> '{}' or a.edited_input is not null or a.response is not null or a.reason is not null)
