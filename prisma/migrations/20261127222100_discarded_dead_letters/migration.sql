-- What will never be readable must not keep an alert alive: a person looks at it and says that nothing more will come of it.
alter table dead_letters add column discarded_at timestamptz;
alter table dead_letters add column discarded_by uuid references users (id);
alter table dead_letters add constraint dead_letters_settled_once_check check (replayed_at is null or discarded_at is null);
grant select (discarded_at) on dead_letters to ventros_system;
