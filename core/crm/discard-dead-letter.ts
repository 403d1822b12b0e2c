import type { Database } from '../database';
import { appendEvents } from '../outbox/events';
import { getDeadLetter, settledBefore, type DeadLetter } from './dead-letters';

/**
 * Somebody has looked at a dead letter and nothing more is to come of it: it is kept, and counts no more. Its event will not be
 * delivered, and waits for nobody any longer.
 *
 * @throws AppError NOT_FOUND, DEAD_LETTER_REPLAYED, DEAD_LETTER_DISCARDED
 */
export function discardDeadLetter(
  db: Database,
  { tenantId, deadLetterId, userId }: { tenantId: string; deadLetterId: string; userId: string },
): Promise<DeadLetter> {
  return db.withTenant(tenantId, async (tx) => {
    // Waits for a replay of this letter that is under way, and then finds it taken.
    const { count } = await tx.deadLetter.updateMany({
      where: { tenantId, id: deadLetterId, replayedAt: null, discardedAt: null },
      data: { discardedAt: new Date(), discardedBy: userId },
    });
    const { body: _body, ...letter } = await getDeadLetter(tx, tenantId, deadLetterId);
    if (count === 0) throw settledBefore(letter);
    if (letter.eventId !== null) {
      await tx.outboxEvent.updateMany({
        where: { tenantId, eventId: letter.eventId, status: 'failed' },
        data: { status: 'processed', processedAt: new Date() },
      });
    }
    await appendEvents(tx, [
      {
        tenantId,
        aggregateType: 'dead_letter',
        aggregateId: letter.id,
        eventType: 'dead_letter.discarded',
        data: { deadLetterId: letter.id, source: letter.source, userId },
      },
    ]);
    return letter;
  });
}
