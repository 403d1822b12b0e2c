import { AppError } from '../errors';
import { createBreaker } from '../providers/policy/breaker';
import { createBulkhead } from '../providers/policy/bulkhead';
import { isDatabaseDown } from './failures';

/** Domain reference, section 12: transactions under way or waiting for a connection, per process. */
const MAX_CONCURRENT = 50;
/** A database that restarts is back within seconds: look again soon, and meanwhile hold nobody up. */
const BREAKER = { consecutiveFailures: 5, halfOpenAfterMs: 1_000 };

const neverAborted = new AbortController().signal;

/**
 * Breaker and bulkhead round transactions, by the policy of every other dependency. While the database is away most callers
 * are told so at once, instead of waiting for a connection that will not come.
 *
 * The guarded work throws AppError DATABASE_ERROR when the circuit is open, BULKHEAD_FULL when no place became free in time.
 */
export function createDatabaseGuard(): <T>(maxWaitMs: number, work: () => Promise<T>) => Promise<T> {
  const bulkhead = createBulkhead('database', MAX_CONCURRENT);
  const breaker = createBreaker('database', BREAKER, {
    isFault: isDatabaseDown,
    openError: () =>
      new AppError('DATABASE_ERROR', 'The database does not answer; try again', {
        retryAfterMs: BREAKER.halfOpenAfterMs,
      }),
  });
  return async (maxWaitMs, work) => {
    breaker.refuseIfOpen();
    const leave = await bulkhead.enter(maxWaitMs);
    try {
      return await breaker.run(neverAborted, work);
    } finally {
      leave();
    }
  };
}
