-- $1 id, $2 name, $3 e-mail, $4 password hash. No row comes back if the e-mail is taken; two sign-ups at once wait here.
insert into users (id, name, email, password_hash)
values ($1::uuid, $2, $3, $4)
on conflict (lower(email)) where deleted_at is null do nothing
returning id
