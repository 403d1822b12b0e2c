-- The filter runs after the index: without an iterative scan a tenant holding 1 % of the rows gets 2 of 10 results, and
-- no error. Without the others the planner, which cannot guess the filter, prefers to sort all rows of the tenant.
-- Read back, because a wrong value only warns and leaves it off. $1 ef_search
select set_config('hnsw.iterative_scan', 'strict_order', true) as "iterativeScan",
  set_config('hnsw.max_scan_tuples', '100000', true) as "maxScanTuples",
  set_config('hnsw.ef_search', $1, true) as "efSearch",
  set_config('enable_sort', 'off', true) as "sort", set_config('enable_hashjoin', 'off', true) as "hashJoin"
