import type { Database } from '../database';
import { AppError, ERROR_TABLE, errorMessage, isAppError, type ErrorCode } from '../errors';
import type { IngestDeps } from '../ingest';
import { replayWebhook } from '../ingest/replay-webhook';
import { requeueEvent } from '../outbox/requeue';
import { openDeadLetterIds, settleDeadLetter, type DeadLetter, type DeadLetterFilter } from './dead-letters';

export interface ReplayRequest {
  tenantId: string;
  deadLetterId: string;
  userId: string;
  /** Delivers an event although later ones of its aggregate were delivered before it. */
  allowOutOfOrder: boolean;
}

export interface Replayed {
  letter: DeadLetter;
  /** `requeued` for an event; otherwise what became of the webhook. */
  result: 'requeued' | 'stored' | 'duplicate' | 'applied' | 'ignored';
  reason: string | null;
  /** How many later events of the same thing were delivered before it. */
  laterEvents: number;
}

/**
 * Handles a dead letter again, once: claim and work are one transaction, so of several replays at once one does it, and one
 * that fails leaves the letter as it was.
 *
 * @throws AppError NOT_FOUND, DEAD_LETTER_REPLAYED, DEAD_LETTER_DISCARDED, DEAD_LETTER_UNREADABLE, DEAD_LETTER_OVERTAKEN, CONFLICT
 */
export async function replayDeadLetter(
  deps: IngestDeps & { db: Database },
  { tenantId, deadLetterId, userId, allowOutOfOrder }: ReplayRequest,
): Promise<Replayed> {
  let afterCommit = async (): Promise<void> => {};
  const replayed = await deps.db.withTenant(tenantId, async (tx): Promise<Replayed> => {
    const { body, ...letter } = await settleDeadLetter(tx, { tenantId, deadLetterId, userId }, 'replayed');
    if (letter.eventId !== null) {
      const { laterEvents } = await requeueEvent(tx, { tenantId, eventId: letter.eventId, allowOutOfOrder });
      return { letter, result: 'requeued', reason: null, laterEvents };
    }
    const kept = { tenantId, channelId: letter.channelId, body, receivedAt: letter.createdAt };
    const { result, ...rest } = await replayWebhook(deps, tx, kept);
    if (result.status === 'dead_lettered') throw new AppError('INTERNAL_ERROR', 'A replay kept a new dead letter');
    afterCommit = rest.afterCommit;
    return { letter, result: result.status, reason: 'reason' in result ? result.reason : null, laterEvents: 0 };
  });
  // The message is stored whatever becomes of a statistic.
  await afterCommit().catch((error: unknown) => {
    deps.logger.warn({ reason: errorMessage(error) }, 'a replayed message is stored but not counted');
  });
  return replayed;
}

export interface ReplayedMany {
  replayed: number;
  /** Left as they were. */
  failed: { id: string; code: ErrorCode; message: string }[];
  /** The last that was looked at; null where nothing matched. */
  lastId: string | null;
  hasMore: boolean;
}

/**
 * The same for those that nobody has settled, oldest first and at most `limit` of them, each in its own transaction: one that
 * fails keeps no other from its replay. Those that failed stay open; `afterId` goes on behind them.
 *
 * @throws AppError DATABASE_ERROR, INTERNAL_ERROR; what was replayed before it stays replayed
 */
export async function replayDeadLetters(
  deps: IngestDeps & { db: Database },
  of: Pick<DeadLetterFilter, 'channelId' | 'source' | 'errorCode'> &
    Omit<ReplayRequest, 'deadLetterId'> & { afterId: string | undefined; limit: number },
): Promise<ReplayedMany> {
  const { tenantId, userId, allowOutOfOrder, limit, ...filter } = of;
  const found = await deps.db.withTenant(tenantId, (tx) =>
    openDeadLetterIds(tx, tenantId, { ...filter, limit: limit + 1 }),
  );
  const ids = found.slice(0, limit);
  const many: ReplayedMany = { replayed: 0, failed: [], lastId: ids.at(-1) ?? null, hasMore: found.length > limit };
  for (const deadLetterId of ids) {
    try {
      await replayDeadLetter(deps, { tenantId, userId, deadLetterId, allowOutOfOrder });
      many.replayed += 1;
    } catch (error) {
      // Somebody else was quicker.
      if (isAppError(error, 'DEAD_LETTER_REPLAYED') || isAppError(error, 'DEAD_LETTER_DISCARDED')) continue;
      if (!isAppError(error) || ERROR_TABLE[error.code].http >= 500) throw error;
      many.failed.push({ id: deadLetterId, code: error.code, message: error.message });
    }
  }
  return many;
}
