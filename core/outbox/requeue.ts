import { sqlFile, type Tx } from '../database';
import { AppError } from '../errors';
import { WORKFLOW_EVENTS } from './events';
import { CLAIM_LOCK } from './repository';

/**
 * Gives an event that was given up back to the relay, in its old place: before all of its aggregate that still wait.
 *
 * @returns how many later events of its aggregate were delivered before it
 * @throws AppError DEAD_LETTER_OVERTAKEN if there are any, unless `allowOutOfOrder`
 */
export async function requeueEvent(
  tx: Tx,
  { tenantId, eventId, allowOutOfOrder }: { tenantId: string; eventId: string; allowOutOfOrder: boolean },
): Promise<{ laterEvents: number }> {
  // A statement of its own: the next one must see what the last claim wrote, so it may begin only when it has the lock.
  await tx.$queryRaw`select pg_advisory_xact_lock(${CLAIM_LOCK})::text`;
  const [row] = await tx.$queryRawUnsafe<{ requeued: boolean; laterEvents: number }[]>(
    sqlFile('core/outbox/sql/requeue.sql'),
    tenantId,
    eventId,
    Object.values(WORKFLOW_EVENTS),
    allowOutOfOrder,
  );
  const laterEvents = row?.laterEvents ?? 0;
  if (row?.requeued) return { laterEvents };
  if (laterEvents === 0)
    throw new AppError('CONFLICT', 'The event of this dead letter waits no more: it is not failed');
  throw new AppError(
    'DEAD_LETTER_OVERTAKEN',
    `${laterEvents} later events of the same thing were delivered already. Send allow_out_of_order if this one may come after them`,
    { details: { later_events: laterEvents } },
  );
}
