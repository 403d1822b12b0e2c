-- Passes on what a function of the ledger returns when nobody has to be told of a budget. Else it fails, and all is rolled
-- back: events are written by the application, in a transaction that waits for it.
create function nothing_to_tell(result jsonb) returns jsonb
language plpgsql as $$
begin
  if jsonb_array_length(result -> 'changes') > 0 then
    raise exception 'a budget changed in a way that is to be told' using errcode = 'VT001';
  end if;
  return result;
end $$;
