-- The edge from a contact to an advertisement stands for a message: it goes when the message goes, and with it to another contact.
create or replace function graph_on_message_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or new.deleted_at is not null then
    perform graph_remove(old.tenant_id, old.id);
    delete from graph_edges where tenant_id = old.tenant_id and from_id = old.contact_id
      and kind = 'CAME_FROM_CAMPAIGN' and source_id = old.id;
    return null;
  end if;
  if old.deleted_at is not null and new.metadata ? 'tracking' then
    perform graph_add_ads(new.tenant_id, new.contact_id, new.id, new.sent_at, new.metadata -> 'tracking');
  elsif old.contact_id <> new.contact_id then
    update graph_edges set from_id = new.contact_id, contact_id = new.contact_id
    where tenant_id = old.tenant_id and from_id = old.contact_id and kind = 'CAME_FROM_CAMPAIGN' and source_id = old.id;
  end if;
  delete from graph_edges where tenant_id = old.tenant_id
    and ((from_id = old.id and kind = 'REPLY_TO') or (to_id = old.id and kind = 'CONTAINS'));
  insert into graph_edges (tenant_id, kind, from_type, from_id, to_type, to_id, source_id, contact_id, occurred_at)
  select new.tenant_id, 'CONTAINS', 'session', new.session_id, 'message', new.id, new.id, new.contact_id, new.sent_at
  where new.content_type <> 'system'
  union all
  select new.tenant_id, 'REPLY_TO', 'message', new.id, 'message', new.reply_to_id, new.id, new.contact_id, new.sent_at
  where new.reply_to_id is not null
  on conflict do nothing;
  return null;
end $$;

alter table graph_edges no force row level security;
alter table messages no force row level security;
delete from graph_edges e where e.kind = 'CAME_FROM_CAMPAIGN' and not exists (
  select from messages m where m.tenant_id = e.tenant_id and m.id = e.source_id and m.deleted_at is null);
alter table graph_edges force row level security;
alter table messages force row level security;
