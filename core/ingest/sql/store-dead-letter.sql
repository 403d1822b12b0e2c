-- $1 id, $2 tenant, $3 channel, $4 error code, $5 reason, $6 body. A sender that tries again adds no second letter.
insert into dead_letters (id, tenant_id, channel_id, source, error_code, reason, body)
select $1::uuid, $2::uuid, $3::uuid, 'channel_webhook', $4, $5, $6
where not exists (
  select from dead_letters known
  where known.tenant_id = $2::uuid and known.created_at > now() - interval '1 hour'
    and known.channel_id = $3::uuid and known.body = $6
)
