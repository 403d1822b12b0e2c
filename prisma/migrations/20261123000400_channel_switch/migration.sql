-- Whether an operator wants the channel on, apart from what its session reports: a session that works again must not
-- switch on what a person switched off. Until now the two were one state, so an inactive channel counts as switched off.
alter table channels add column is_enabled boolean not null default true;
update channels set is_enabled = false, status = 'inactive' where status = 'inactive' or deleted_at is not null;
alter table channels add constraint channels_switched_off_is_inactive check (is_enabled or status = 'inactive');
