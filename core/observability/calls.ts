import { AsyncLocalStorage } from 'node:async_hooks';
import type { Logger } from '../logging/logger';
import { createCallPolicy, type CallAttempt, type CallPolicy, type CallPolicyOptions } from '../providers/policy';
import { metrics } from './metrics';

type Report = (costMicros: number | null) => void;

/** Lines of attempts whose cost is not known yet. */
const unpaid = new AsyncLocalStorage<Report[]>();

/** A call policy that counts and logs every attempt: one line each, with what it cost. */
export function createObservedPolicy(
  logger: Logger,
  options: Pick<CallPolicyOptions, 'breaker' | 'expected'> = {},
): CallPolicy {
  const policy = createCallPolicy({
    ...options,
    onAttempt: (attempt) => {
      count(attempt);
      const report: Report = (costMicros) => logAttempt(logger, attempt, costMicros);
      const waiting = unpaid.getStore();
      if (waiting) waiting.push(report);
      else report(null);
    },
  });
  collectStates(policy);
  return policy;
}

/**
 * Holds the lines of the attempts within `work` back until their cost is known.
 *
 * @param work tells what was settled, in micro-dollars; the last attempt is the one that was paid
 */
export async function withCost<T>(work: (settled: (costMicros: number) => void) => Promise<T>): Promise<T> {
  const reports: Report[] = [];
  let costMicros = 0;
  try {
    return await unpaid.run(reports, () => work((cost) => (costMicros += cost)));
  } finally {
    for (const [index, report] of reports.entries()) report(index === reports.length - 1 ? costMicros : 0);
  }
}

function count({ target: { provider, operation }, code, durationMs }: CallAttempt): void {
  metrics.providerCalls.inc({ provider, operation, code });
  if (code === 'BULKHEAD_FULL') metrics.bulkheadRejected.inc({ provider, operation });
  // Turned away at once: that says nothing of the provider.
  if (code !== 'BREAKER_OPEN') metrics.providerCallSeconds.observe({ provider, operation }, durationMs / 1000);
}

function logAttempt(logger: Logger, { target, code, durationMs, waitedMs }: CallAttempt, costMicros: number | null) {
  const { provider, operation, model } = target;
  const line = { provider, operation, model, code, durationMs, waitedMs, costMicros };
  logger[code === 'OK' || code === 'CANCELLED' ? 'info' : 'warn'](line, 'provider call');
}

/** Read when somebody asks, so that they are never stale. The last policy of a process is the one that counts. */
let observed: CallPolicy | undefined;

function collectStates(policy: CallPolicy): void {
  observed = policy;
  const { circuits, bulkheadInUse, bulkheadLimit, bulkheadWaiting } = metrics;
  Object.assign(circuits, {
    collect: () => {
      for (const { provider, operation, bulkhead, byState } of observed?.states() ?? []) {
        const labels = { provider, operation };
        for (const [state, number] of Object.entries(byState)) circuits.set({ ...labels, state }, number);
        bulkheadInUse.set(labels, bulkhead.inUse);
        bulkheadLimit.set(labels, bulkhead.maxConcurrent);
        bulkheadWaiting.set(labels, bulkhead.waiting);
      }
    },
  });
}
