-- The filter runs after the index: without an iterative scan a tenant holding 1 % of the rows gets 2 of 10 results, and
-- no error. Without the last setting the planner, which cannot guess the filter, prefers to sort all rows of the tenant.
-- $1 ef_search
select set_config('hnsw.iterative_scan', 'strict_order', true), set_config('hnsw.max_scan_tuples', '40000', true),
  set_config('hnsw.ef_search', $1, true), set_config('enable_sort', 'off', true)
