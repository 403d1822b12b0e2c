-- $1 and $2 snapshots of a position, or null. Those of another server may say that transactions ended which never were here.
select pg_current_snapshot()::text as now,
  not exists (
    select from (values ($1::text), ($2::text)) as given (snapshot)
    where snapshot is not null
      and case when pg_input_is_valid(snapshot, 'pg_snapshot')
        then pg_snapshot_xmax(snapshot::pg_snapshot) > pg_snapshot_xmax(pg_current_snapshot()) else true end
  ) as "isKnown"
