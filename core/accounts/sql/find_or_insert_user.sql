-- $1 id, $2 name, $3 e-mail, $4 what stands for a password. The account there is stays as it is, whoever asks.
with made as (
  insert into users (id, name, email, password_hash)
  values ($1::uuid, $2, $3, $4)
  on conflict (lower(email)) where deleted_at is null do nothing
  returning id
)
select id from made
union all
select id from users where lower(email) = $3 and deleted_at is null
