import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/**
 * The metrics of this process. Names carry units; labels are bounded: no tenant, no id, nothing that a caller made up.
 * docs/operations.md lists them for people.
 */
export const registry = new Registry();
collectDefaultMetrics({ register: registry });
const registers = [registry];

/** From an answer of a cache to a document of many pages. */
const CALL_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1200];
/** From a worker that is idle to a backlog of an hour. */
const WAIT_SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 3600];

const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> =>
  new Counter({ name, help, labelNames, registers });
const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L> =>
  new Gauge({ name, help, labelNames, registers });
const histogram = <L extends string>(name: string, help: string, labelNames: readonly L[], buckets: number[]) =>
  new Histogram({ name, help, labelNames, buckets, registers });

export const metrics = {
  providerCalls: counter('ventros_provider_calls_total', 'Attempts at a provider, by how they ended', [
    'provider',
    'operation',
    'code',
  ]),
  providerCallSeconds: histogram(
    'ventros_provider_call_duration_seconds',
    'Duration of attempts at a provider, waiting for a place included',
    ['provider', 'operation'],
    CALL_SECONDS,
  ),
  circuits: gauge('ventros_breaker_circuits', 'Circuits by state: one for each operation, or account of a channel', [
    'provider',
    'operation',
    'state',
  ]),
  bulkheadInUse: gauge('ventros_bulkhead_in_use', 'Calls under way', ['provider', 'operation']),
  bulkheadLimit: gauge('ventros_bulkhead_limit', 'Calls that may be under way at once', ['provider', 'operation']),
  bulkheadWaiting: gauge('ventros_bulkhead_waiting', 'Calls that wait for a place', ['provider', 'operation']),
  bulkheadRejected: counter('ventros_bulkhead_rejected_total', 'Calls that found no place in time', [
    'provider',
    'operation',
  ]),
  modelProblems: gauge('ventros_model_problems', '1 where the check at start found the configured model unusable', [
    'provider',
    'operation',
  ]),
  costUsd: counter('ventros_cost_usd_total', 'Settled cost of provider calls, in US dollars', [
    'provider',
    'operation',
  ]),
  reservations: counter(
    'ventros_cost_reservations_total',
    'Reservations by outcome: reserved, or why a budget refused',
    ['provider', 'operation', 'outcome'],
  ),
  queueWaitSeconds: histogram(
    'ventros_queue_wait_seconds',
    'From the scheduling of an activity’s attempt to its start',
    ['queue'],
    WAIT_SECONDS,
  ),
  activitySeconds: histogram(
    'ventros_activity_duration_seconds',
    'Duration of activities, by whether they succeeded',
    ['activity', 'outcome'],
    CALL_SECONDS,
  ),
  activityRetries: counter('ventros_activity_retries_total', 'Failed attempts that are tried again', [
    'activity',
    'code',
  ]),
  activityFailures: counter('ventros_activity_failures_total', 'Activities that failed for good', ['activity', 'code']),
  enrichments: counter('ventros_enrichments_total', 'Media by what became of them', ['kind', 'provider', 'outcome']),
  enrichmentSeconds: histogram(
    'ventros_enrichment_duration_seconds',
    'From the arrival of a medium to its text, or to giving up',
    ['kind', 'outcome'],
    [0.5, 1, 2, 3, 5, 8, 15, 30, 60, 300, 3600, 86_400],
  ),
  turns: counter('ventros_turns_total', 'Turns of agents by outcome', ['outcome']),
  grpcCallSeconds: histogram(
    'ventros_grpc_call_duration_seconds',
    'From the metadata of a gRPC call to its status',
    ['method', 'code'],
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60],
  ),
  webhooks: counter('ventros_webhooks_total', 'Webhooks of channels and parsers by what was done with them', [
    'result',
  ]),
} as const;

/** Everything as Prometheus reads it. @param others registries of parts with their own, such as the routes of the API */
export async function renderMetrics(...others: Registry[]): Promise<{ contentType: string; body: string }> {
  const all = others.length === 0 ? registry : Registry.merge([registry, ...others]);
  return { contentType: all.contentType, body: await all.metrics() };
}
