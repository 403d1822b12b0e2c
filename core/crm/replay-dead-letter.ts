import type { Database } from '../database';
import { AppError, errorMessage } from '../errors';
import type { IngestDeps } from '../ingest';
import { replayWebhook } from '../ingest/replay-webhook';
import { appendEvents } from '../outbox/events';
import { requeueEvent } from '../outbox/requeue';
import { getDeadLetter, settledBefore, type DeadLetter } from './dead-letters';

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
    // Waits for another replay of this letter, and then finds it taken.
    const { count } = await tx.deadLetter.updateMany({
      where: { tenantId, id: deadLetterId, replayedAt: null, discardedAt: null },
      data: { replayedAt: new Date(), replayedBy: userId },
    });
    const { body, ...letter } = await getDeadLetter(tx, tenantId, deadLetterId);
    if (count === 0) throw settledBefore(letter);
    await appendEvents(tx, [
      {
        tenantId,
        aggregateType: 'dead_letter',
        aggregateId: letter.id,
        eventType: 'dead_letter.replayed',
        data: { deadLetterId: letter.id, source: letter.source, userId },
      },
    ]);
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
