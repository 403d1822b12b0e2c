import { Gauge } from 'prom-client';
import { sqlFile, type Database } from '../database';
import { errorMessage } from '../errors';
import type { Logger } from '../logging/logger';
import { registry } from './metrics';

interface Operations {
  outboxPending: number;
  outboxFailed: number;
  outboxLagSeconds: number;
  deadLetters: number;
  reservationsOpen: number;
  reservationsExpired: number;
}

/** Scrapers of several systems may ask at once; the counts do not change faster. */
const CACHE_MS = 5_000;
const QUERY_TIMEOUT_MS = 3_000;

const HELP: Readonly<Record<keyof Operations, readonly [name: string, help: string]>> = {
  outboxPending: ['ventros_outbox_pending_events', 'Events that wait to be delivered'],
  outboxFailed: ['ventros_outbox_failed_events', 'Events that were given up and wait for a person'],
  outboxLagSeconds: ['ventros_outbox_lag_seconds', 'Age of the oldest event that waits to be delivered'],
  deadLetters: [
    'ventros_dead_letters',
    'Unreadable webhooks and undeliverable events that nobody has replayed or discarded',
  ],
  reservationsOpen: ['ventros_cost_reservations_open', 'Reservations of calls that are under way'],
  reservationsExpired: ['ventros_cost_reservations_expired', 'Reservations whose process died, not yet released'],
};

/**
 * Puts the counts that live in Postgres among the metrics of this process. They are the same in every process: take their
 * maximum, not their sum. While the database is away they are left out.
 */
export function exposeOperations(db: Database, logger: Logger): void {
  let loading: Promise<Operations | null> | undefined;
  let loadedAtMs = 0;
  const load = (): Promise<Operations | null> => {
    if (loading === undefined || Date.now() - loadedAtMs > CACHE_MS) {
      loadedAtMs = Date.now();
      loading = readOperations(db).catch((error: unknown) => {
        logger.warn({ reason: errorMessage(error) }, 'the counts for the metrics could not be read');
        return null;
      });
    }
    return loading;
  };
  for (const [key, [name, help]] of Object.entries(HELP) as [keyof Operations, readonly [string, string]][]) {
    registry.removeSingleMetric(name);
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [registry],
      collect: async () => {
        const counts = await load();
        gauge.reset();
        if (counts) gauge.set(counts[key]);
        else gauge.remove();
      },
    });
  }
}

/** Of all tenants; null if the database answers nothing. */
export async function readOperations(db: Database): Promise<Operations | null> {
  const rows = await db.withSystem(
    (tx) => tx.$queryRawUnsafe<Operations[]>(sqlFile('core/observability/sql/operations.sql')),
    { timeoutMs: QUERY_TIMEOUT_MS },
  );
  return rows[0] ?? null;
}
