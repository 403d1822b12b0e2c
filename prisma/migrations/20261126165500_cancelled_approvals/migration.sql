-- A call whose turn ended, or whose conversation went into other hands, waits for nobody any more; `reason` says which.
alter table approvals drop constraint approvals_status_check;
alter table approvals add constraint approvals_status_check
  check (status in ('pending', 'approved', 'edited', 'rejected', 'responded', 'expired', 'cancelled'));
