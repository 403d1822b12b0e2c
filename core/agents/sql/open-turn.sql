-- $1 tenant, $2 turn, $3 version of the conversation's fence. One row while the turn is neither over nor overtaken.
select 1 from message_groups g
join decision_records d on d.tenant_id = g.tenant_id and d.group_id = g.id
where g.tenant_id = $1::uuid and g.id = $2::uuid and g.handler_version = $3::int
  and g.status in ('pending', 'processing') and d.outcome is null
