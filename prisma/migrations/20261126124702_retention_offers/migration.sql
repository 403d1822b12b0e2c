-- What was offered to customers who thought of leaving, so that rules can count it and people can keep it.
create table retention_offers (
  id uuid primary key,
  tenant_id uuid not null references projects (id),
  contact_id uuid not null,
  conversation_id uuid,
  discount_percent integer not null check (discount_percent between 0 and 100),
  duration_months integer not null check (duration_months between 1 and 36),
  reason text not null,
  status text not null default 'offered' check (status in ('offered', 'accepted', 'refused')),
  created_at timestamptz not null default now(),
  answered_at timestamptz,
  unique (tenant_id, id),
  foreign key (tenant_id, contact_id) references contacts (tenant_id, id),
  foreign key (tenant_id, conversation_id) references conversations (tenant_id, id)
);
create index retention_offers_contact_idx on retention_offers (tenant_id, contact_id, created_at desc);
select enable_tenant_isolation('retention_offers');

-- A long reply leaves as several messages, in their order.
alter table messages add column reply_part smallint not null default 1;
drop index messages_reply_key;
create unique index messages_reply_key on messages (tenant_id, group_id, reply_part)
  where group_id is not null and source = 'bot';
