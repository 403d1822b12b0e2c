import { randomUUID } from 'node:crypto';
import { sqlFile, type Database } from '../database';
import { errorMessage } from '../errors';
import type { Logger } from '../logging/logger';
import { DEFAULT_BREAKER, type BreakerState, type CallState } from '../providers/policy';

/** Also says that the process lives. */
const HEARTBEAT_MS = 10_000;
/** Three heartbeats may be lost. */
const GONE_AFTER_SECONDS = 35;
/** A storm of changes is written down as one. */
const CHANGE_DELAY_MS = 100;
const WRITE_TIMEOUT_MS = 3_000;

/** One operation of one provider in one process. */
export interface ProviderState {
  processId: string;
  role: 'api' | 'workers';
  provider: string;
  operation: string;
  model: string | null;
  breaker: BreakerState;
  openCircuits: number;
  since: Date;
  lastErrorCode: string | null;
  lastErrorAt: Date | null;
  maxConcurrent: number;
  inUse: number;
  waiting: number;
  rejected: number;
  /** What the check at start found wrong with the configured model. */
  modelProblem: string | null;
  seenAt: Date;
}

export interface StatePublisher {
  /** Something changed: write soon. */
  changed(): void;
  /** Set by the check at start, by `provider operation`. */
  setModelProblems(problems: ReadonlyMap<string, string>): void;
  /** Stops, and takes the rows of this process away. */
  stop(): Promise<void>;
}

/**
 * Writes the breakers and bulkheads of this process where every process can see them: after each change, and every ten
 * seconds. Nobody decides by it; each process keeps to its own breakers, so a database that is away changes nothing.
 */
export function publishStates(of: {
  db: Database;
  logger: Logger;
  role: ProviderState['role'];
  states: () => CallState[];
}): StatePublisher {
  const { db, logger, role, states } = of;
  // Random and not the host's name: tenants can see it.
  const processId = `${role}-${randomUUID().slice(0, 8)}`;
  let problems: ReadonlyMap<string, string> = new Map();
  let timer: NodeJS.Timeout | undefined;
  let dueAtMs = Infinity;
  let isStopped = false;
  let writing: Promise<void> = Promise.resolve();

  async function write(): Promise<void> {
    const rows = states().map((state) => rowOf(state, problems));
    if (rows.length === 0) return;
    try {
      await db.withSystem(
        (tx) =>
          tx.$executeRawUnsafe(
            sqlFile('core/observability/sql/publish-states.sql'),
            processId,
            role,
            JSON.stringify(rows),
          ),
        { timeoutMs: WRITE_TIMEOUT_MS },
      );
    } catch (error) {
      logger.debug({ reason: errorMessage(error) }, 'the states of the providers could not be published');
    }
  }
  function schedule(delayMs: number): void {
    if (isStopped || dueAtMs <= Date.now() + delayMs) return;
    clearTimeout(timer);
    dueAtMs = Date.now() + delayMs;
    timer = setTimeout(() => {
      dueAtMs = Infinity;
      writing = write().then(() => schedule(HEARTBEAT_MS));
    }, delayMs);
    timer.unref();
  }
  schedule(CHANGE_DELAY_MS);

  return {
    changed: () => schedule(CHANGE_DELAY_MS),
    setModelProblems(found) {
      problems = found;
      schedule(CHANGE_DELAY_MS);
    },
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await writing;
      try {
        await db.withSystem((tx) => tx.providerState.deleteMany({ where: { processId } }), {
          timeoutMs: WRITE_TIMEOUT_MS,
        });
      } catch (error) {
        logger.debug({ reason: errorMessage(error) }, 'the states of this process stay until they are old');
      }
    },
  };
}

function rowOf(state: CallState, problems: ReadonlyMap<string, string>) {
  const { provider, operation, model, breaker, byState, since, lastErrorCode, lastErrorAt, bulkhead } = state;
  return {
    provider,
    operation,
    model,
    breaker,
    openCircuits: byState.open + byState.half_open,
    since,
    lastErrorCode,
    lastErrorAt,
    ...bulkhead,
    modelProblem: problems.get(`${provider} ${operation}`) ?? null,
  };
}

/** What the processes that live say of their providers. */
export function liveStates(db: Database): Promise<ProviderState[]> {
  return db.withSystem((tx) =>
    tx.$queryRawUnsafe<ProviderState[]>(sqlFile('core/observability/sql/live-states.sql'), GONE_AFTER_SECONDS),
  );
}

export interface OpenCircuit {
  provider: string;
  operation: string;
  /** From then on one call is let through. */
  until: Date;
}

/** Which circuits of these operations let nobody through now, in any workers process; of several the one that lasts longest. */
export async function openCircuits(
  db: Database,
  operations: readonly CallState['operation'][],
): Promise<OpenCircuit[]> {
  const open = new Map<string, OpenCircuit>();
  for (const { role, provider, operation, breaker, since } of await liveStates(db)) {
    const until = new Date(since.getTime() + DEFAULT_BREAKER.halfOpenAfterMs);
    const isAsked = operations.some((one) => one === operation);
    if (role !== 'workers' || breaker !== 'open' || !isAsked || until.getTime() <= Date.now()) continue;
    const key = `${provider} ${operation}`;
    const known = open.get(key);
    if (!known || known.until < until) open.set(key, { provider, operation, until });
  }
  return [...open.values()];
}
