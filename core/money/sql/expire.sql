-- $1 tenant, $2 at most so many
select expire_reservations($1::uuid, $2::integer) as expired
