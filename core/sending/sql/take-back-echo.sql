-- $1 tenant, $2 message, $3 the id the channel gave it. The echo of the message, if it was stored as another one.
update messages echo
set deleted_at = now(), updated_at = now()
from messages m
where m.tenant_id = $1::uuid and m.id = $2::uuid and m.channel_message_id is null
  and echo.tenant_id = $1::uuid and echo.channel_id = m.channel_id and echo.channel_message_id = $3
  and echo.from_me and echo.id <> m.id and echo.deleted_at is null
returning echo.status, echo.delivered_at as "deliveredAt", echo.read_at as "readAt", echo.played_at as "playedAt"
