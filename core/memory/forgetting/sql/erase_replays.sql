-- With their steps. $1 tenant, $2 contact
delete from turn_replays t using decision_records d, conversations c
where t.tenant_id = $1::uuid and d.tenant_id = t.tenant_id and d.id = t.decision_record_id
  and c.tenant_id = d.tenant_id and c.id = d.conversation_id and c.contact_id = $2::uuid
