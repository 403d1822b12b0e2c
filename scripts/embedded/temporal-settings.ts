/** The custom search attributes of every workflow, so that the Temporal Web UI can filter by them. */
export const SEARCH_ATTRIBUTES = [
  'VentrosTenantId',
  'VentrosContactId',
  'VentrosKind',
  'VentrosOutcome',
  'VentrosMediaKind',
] as const;

/**
 * The development server polls its transfer queue at most 20 times a second, which costs every workflow step 50 ms, and
 * its request limits are those of a laptop demo. With these values one activity takes 42 ms instead of 150.
 */
export const DYNAMIC_CONFIG: Record<string, number | boolean> = {
  'history.transferProcessorMaxPollRPS': 2000,
  'history.timerProcessorMaxPollRPS': 2000,
  'frontend.rps': 20_000,
  'frontend.namespaceRPS': 20_000,
  'matching.rps': 20_000,
  'history.rps': 50_000,
  // Tenants take turns in a backlog. One partition, because each keeps turns of its own.
  'matching.enableFairness': true,
  'matching.numTaskqueueReadPartitions': 1,
  'matching.numTaskqueueWritePartitions': 1,
  // A conversation may start again right after it ended.
  'history.workflowIdReuseMinimalInterval': 0,
};
