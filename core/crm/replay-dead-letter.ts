import type { Database } from '../database';
import { AppError, errorMessage } from '../errors';
import type { IngestDeps } from '../ingest';
import { replayWebhook } from '../ingest/replay-webhook';
import { requeueEvent } from '../outbox/requeue';
import { settleDeadLetter, type DeadLetter } from './dead-letters';

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
