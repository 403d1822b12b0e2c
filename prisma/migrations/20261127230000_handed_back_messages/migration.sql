-- What nobody answered while a person had the conversation is answered when the agents get it back: in a turn beside the one
-- that its messages were stored with.
alter table message_group_messages drop constraint message_group_messages_kind_check;
alter table message_group_messages add constraint message_group_messages_kind_check
  check (kind in ('messages', 'late_media', 'handed_back'));
