-- A medium that may have left, and whose acknowledgement never came: channels know no id to send it again under.
alter table messages drop constraint messages_status_check;
alter table messages add constraint messages_status_check
  check (status in ('queued', 'sending', 'sent', 'delivered', 'read', 'played', 'failed', 'cancelled', 'unknown'));

-- What becomes of it once nobody has heard of it for a while: sent once more, perhaps twice then, or left as it is.
alter table channels add column lost_send_policy text not null default 'leave'
  check (lost_send_policy in ('leave', 'resend'));
