import { sqlFile, type Database } from '../database';
import { errorMessage } from '../errors';
import type { Logger } from '../logging/logger';
import { pause } from '../pause';

const INTERVAL_MS = 60_000;
const TENANTS_AT_ONCE = 200;
const ROWS_AT_ONCE = 1_000;

/**
 * Gives back what was reserved by calls whose process died with them. Each reservation is given back once, at any number of
 * processes. An answer that still comes is counted all the same.
 *
 * @returns how many were given back.
 */
export function expireReservations(db: Database, tenantId: string, most: number): Promise<number> {
  return db.withTenant(tenantId, async (tx) => {
    const [row] = await tx.$queryRawUnsafe<{ expired: number }[]>(sqlFile('core/money/sql/expire.sql'), tenantId, most);
    return row?.expired ?? 0;
  });
}

/** The same for every tenant that has such reservations. */
export async function expireAllReservations(db: Database, signal?: AbortSignal): Promise<number> {
  let total = 0;
  for (;;) {
    const tenants = await db.withSystem((tx) =>
      tx.$queryRawUnsafe<{ tenantId: string }[]>(sqlFile('core/money/sql/tenants-with-expired.sql'), TENANTS_AT_ONCE),
    );
    let round = 0;
    for (const { tenantId } of tenants) {
      if (signal?.aborted) return total + round;
      round += await expireReservations(db, tenantId, ROWS_AT_ONCE);
    }
    total += round;
    // Nothing given back though there were some: another process is at it.
    if (round === 0) return total;
  }
}

/** Gives back what has expired now and every minute, until `signal` aborts. A round that fails is left to the next. */
export async function runExpiry({ db, logger }: { db: Database; logger: Logger }, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const expired = await expireAllReservations(db, signal);
      if (expired > 0) logger.warn({ expired }, 'reservations of calls that never ended were given back');
    } catch (error) {
      logger.error({ reason: errorMessage(error) }, 'expired reservations could not be given back, trying again');
    }
    await pause(INTERVAL_MS, signal, { ref: false });
  }
}
