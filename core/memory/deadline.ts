import { sqlFile, type Database, type Tx, type TxOptions } from '../database';
import { AppError } from '../errors';
import { isDatabaseTimeout } from './database-timeout';

/** The time a request has left, for its transaction and each of its statements. */
export interface Deadline {
  /** Milliseconds left, at least 1. @throws AppError TIMEOUT when there are none */
  remainingMs(): number;
  /**
   * The server cancels the next statements when the time is over, or little later, not a whole `timeoutMs` after their own
   * start. Costs a round trip only where a tenth of the time has passed since the last limit, the transaction's own at first.
   */
  limitNextStatement(tx: Tx): Promise<void>;
}

/** Of a limit: a statement may so overrun the deadline by a tenth of it. */
const CLOSE_ENOUGH = 0.9;

export function startDeadline(timeoutMs: number): Deadline {
  const endsAt = performance.now() + timeoutMs;
  let limitMs = timeoutMs;
  const deadline: Deadline = {
    remainingMs() {
      const remainingMs = Math.floor(endsAt - performance.now());
      if (remainingMs < 1) throw timeoutError();
      return remainingMs;
    },
    async limitNextStatement(tx) {
      const remainingMs = deadline.remainingMs();
      if (remainingMs > CLOSE_ENOUGH * limitMs) return;
      await tx.$queryRawUnsafe(sqlFile('core/memory/sql/statement_timeout.sql'), String(remainingMs));
      limitMs = remainingMs;
    },
  };
  return deadline;
}

/**
 * `db.withTenant` within a deadline.
 *
 * @throws AppError TIMEOUT when the database needs longer; the running statement is cancelled on the server.
 */
export async function withinDeadline<T>(
  db: Database,
  tenantId: string,
  deadline: Deadline,
  work: (tx: Tx) => Promise<T>,
  options: Omit<TxOptions, 'timeoutMs'> = {},
): Promise<T> {
  try {
    return await db.withTenant(tenantId, work, { ...options, timeoutMs: deadline.remainingMs() });
  } catch (error) {
    if (isDatabaseTimeout(error)) throw timeoutError(error);
    throw error;
  }
}

function timeoutError(cause?: unknown): AppError {
  return new AppError('TIMEOUT', 'The deadline passed before the memory answered', { cause });
}
