import { sqlFile, type Database } from '../database';
import { isAppError } from '../errors';
import { appendEvents } from '../outbox/events';
import { SENT_ANYWAY } from '../providers/ports';

interface MessageRef {
  tenantId: string;
  messageId: string;
}

const REASON = 'ACKNOWLEDGEMENT_LOST: the channel never said whether it took the message; it may have arrived';

/** Whether a failed send may have arrived all the same: its answer was lost, not refused. */
export function mayHaveArrived(error: unknown): boolean {
  return isAppError(error) && error.details[SENT_ANYWAY] === true;
}

/** A medium that certainly did not leave is queued again, so that the next attempt knows that it may send it. */
export async function putBack(db: Database, { tenantId, messageId }: MessageRef): Promise<void> {
  await db.withTenant(tenantId, (tx) =>
    tx.message.updateMany({
      where: { tenantId, id: messageId, status: 'sending', channelMessageId: null },
      data: { status: 'queued', updatedAt: new Date() },
    }),
  );
}

/** From now on the message waits for its echo. Nothing happens if that came meanwhile. */
export function markUnknown(db: Database, { tenantId, messageId }: MessageRef): Promise<void> {
  return db.withTenant(tenantId, async (tx) => {
    const [unknown] = await tx.message.updateManyAndReturn({
      where: { tenantId, id: messageId, status: 'sending', channelMessageId: null },
      data: { status: 'unknown', failureReason: REASON, updatedAt: new Date() },
      select: { contactId: true },
    });
    if (!unknown) return;
    const data = { messageId, ...unknown };
    await appendEvents(tx, [
      { tenantId, aggregateType: 'message', aggregateId: messageId, eventType: 'message.unknown', data },
    ]);
  });
}

/**
 * Decides about a message that is still `unknown` after its wait, as its channel wants it: queued to be sent once more, or
 * left. An echo that comes later still finds it.
 *
 * @param mayResend false when it was sent again before: twice is the most a customer may get
 * @returns the status it has now.
 */
export async function settleUnknown(
  db: Database,
  { tenantId, messageId, mayResend }: MessageRef & { mayResend: boolean },
): Promise<{ status: string }> {
  const [settled] = await db.withTenant(tenantId, (tx) =>
    tx.$queryRawUnsafe<{ status: string }[]>(
      sqlFile('core/sending/sql/settle-unknown.sql'),
      tenantId,
      messageId,
      mayResend,
    ),
  );
  return settled ?? { status: 'unknown' };
}
