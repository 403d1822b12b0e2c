import type { Database } from '../database';
import { settleDeadLetter, type DeadLetter } from './dead-letters';

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
    const { body: _body, ...letter } = await settleDeadLetter(tx, { tenantId, deadLetterId, userId }, 'discarded');
    if (letter.eventId !== null) {
      await tx.outboxEvent.updateMany({
        where: { tenantId, eventId: letter.eventId, status: 'failed' },
        data: { status: 'processed', processedAt: new Date() },
      });
    }
    return letter;
  });
}
