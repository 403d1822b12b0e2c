import { sqlFile, type Database, type Tx } from '../database';
import { errorMessage } from '../errors';
import type { Logger } from '../logging/logger';
import { pause } from '../pause';

const INTERVAL_MS = 3600 * 1000;
/** Small enough that a batch never holds up the relay or comes near the statement's time limit. */
const BATCH_SIZE = 1_000;
const CLEAN_UP_LOCK = 7_220_003;

interface CleanUpDeps {
  db: Database;
  logger: Logger;
  /** How long processed events stay for people to look at. */
  keepDays: number;
}

/** Rows that were deleted. */
export interface CleanedUp {
  events: number;
  idempotencyKeys: number;
}

/** Cleans up now and every hour, until `signal` aborts. A round that fails is left to the next. */
export async function runCleanUp(deps: CleanUpDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const deleted = await cleanUp(deps, { batchSize: BATCH_SIZE, signal });
      if (deleted.events + deleted.idempotencyKeys > 0) deps.logger.info(deleted, 'cleaned up');
    } catch (error) {
      deps.logger.error({ reason: errorMessage(error) }, 'the clean-up failed, trying again in an hour');
    }
    await pause(INTERVAL_MS, signal, { ref: false });
  }
}

/**
 * Deletes processed events older than `keepDays` and expired idempotency keys, in batches of one transaction each.
 * Pending and failed events stay however old they are. Beside another process that cleans up it does nothing.
 */
export async function cleanUp(
  { db, keepDays }: Pick<CleanUpDeps, 'db' | 'keepDays'>,
  { batchSize, signal }: { batchSize: number; signal: AbortSignal },
): Promise<CleanedUp> {
  const total: CleanedUp = { events: 0, idempotencyKeys: 0 };
  let after = '0';
  for (let hasMore = true; hasMore && !signal.aborted;) {
    const batch = await alone(db, async (tx) => {
      const [page] = await tx.$queryRawUnsafe<{ deleted: number; lastSequence: string | null; hasMore: boolean }[]>(
        sqlFile('core/outbox/sql/delete-processed.sql'),
        after,
        batchSize,
        keepDays,
      );
      return page;
    });
    total.events += batch?.deleted ?? 0;
    after = batch?.lastSequence ?? after;
    hasMore = batch?.hasMore ?? false;
  }
  for (let hasMore = true; hasMore && !signal.aborted;) {
    const batch = await alone(db, async (tx) => {
      const [keys] = await tx.$queryRawUnsafe<{ deleted: number }[]>(
        sqlFile('core/outbox/sql/delete-expired-keys.sql'),
        batchSize,
      );
      return keys;
    });
    total.idempotencyKeys += batch?.deleted ?? 0;
    hasMore = batch?.deleted === batchSize;
  }
  return total;
}

/** Undefined when another process is at it at this moment. */
function alone<T>(db: Database, work: (tx: Tx) => Promise<T>): Promise<T | undefined> {
  return db.withSystem(async (tx) => {
    const [lock] = await tx.$queryRaw<
      { taken: boolean }[]
    >`select pg_try_advisory_xact_lock(${CLEAN_UP_LOCK}) as taken`;
    return lock?.taken ? work(tx) : undefined;
  });
}
