-- When people are there, in the time zone of the project: [{day, from, to}], days from Monday = 1. Null: always.
alter table people_settings add column business_hours jsonb;
