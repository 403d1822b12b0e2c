-- Undoes vector_search_settings.sql for the statements that follow in the transaction.
select set_config('enable_sort', 'on', true), set_config('enable_hashjoin', 'on', true)
