-- Which router said the intent, and whether it was taken over from the turn before because the message says none itself.
alter table decision_records
  add column intent_router text not null default 'local' check (intent_router in ('local', 'embedding', 'model')),
  add column intent_inherited boolean not null default false;
