-- Somebody of the past, whose messages a history may name: never asked, assigned or counted.
alter table agents
  add column represents_person_name text,
  add column period_start timestamptz,
  -- null: it has not ended
  add column period_end timestamptz,
  add column virtual_reason text,
  add constraint agents_virtual check (
    (type = 'virtual') = (represents_person_name is not null)
    and (type = 'virtual') = (period_start is not null)
    and (type = 'virtual') = (virtual_reason is not null)
    and (period_end is null or period_end > period_start)
  );
