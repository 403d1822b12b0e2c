import type { Tx } from '../database';
import { AppError } from '../errors';
import { appendEvents, WORKFLOW_EVENTS } from '../outbox/events';
import { failEnrichment } from './repository';

/** Longer than any attempt may take: what was begun before and neither waits nor has ended has lost its workflow. */
const LOST_AFTER_MS = 3_600_000;

/**
 * Has the chain tried again at once: of an enrichment that waits because every provider is down, of one that failed, or of
 * one that has been under way for over an hour, whose workflow somebody terminated.
 * Writes the event that wakes or starts its workflow in the caller's transaction.
 *
 * @throws AppError NOT_FOUND, ENRICHMENT_NOT_WAITING
 */
export async function retryEnrichment(tx: Tx, tenantId: string, enrichmentId: string): Promise<void> {
  const underWay = { status: { in: ['pending', 'processing'] } };
  const before = { lt: new Date(Date.now() - LOST_AFTER_MS) };
  const lost = { ...underWay, createdAt: before, OR: [{ startedAt: null }, { startedAt: before }] };
  const { count } = await tx.messageEnrichment.updateMany({
    where: {
      tenantId,
      id: enrichmentId,
      OR: [{ status: 'failed' }, { ...underWay, deferredUntil: { not: null } }, lost],
    },
    data: { status: 'pending', deferredUntil: null, completedAt: null, errorCode: null, errorMessage: null },
  });
  if (count === 0) throw await notWaiting(tx, tenantId, enrichmentId);
  const { messageId, contentType } = await tx.messageEnrichment.findFirstOrThrow({
    where: { tenantId, id: enrichmentId },
    select: { messageId: true, contentType: true },
  });
  const message = messageId
    ? await tx.message.findFirst({
        where: { tenantId, id: messageId },
        select: { channelId: true, contactId: true, groupId: true },
      })
    : null;
  const channel = message
    ? await tx.channel.findFirst({
        where: { tenantId, id: message.channelId },
        select: { aiEnabled: true, aiAgentsEnabled: true },
      })
    : null;
  await appendEvents(tx, [
    {
      tenantId,
      aggregateType: 'enrichment',
      aggregateId: enrichmentId,
      eventType: WORKFLOW_EVENTS.enrichmentRetryRequested,
      data: {
        enrichmentId,
        messageId,
        mediaKind: contentType,
        conversation: message ? { tenantId, channelId: message.channelId, contactId: message.contactId } : null,
        isRemembered: message?.groupId === null && channel?.aiEnabled === true && channel.aiAgentsEnabled,
      },
    },
  ]);
}

/**
 * Ends the wait of an enrichment for its providers: it has failed, and its workflow is told by an event.
 *
 * @throws AppError NOT_FOUND, ENRICHMENT_NOT_WAITING
 */
export async function giveUpEnrichment(tx: Tx, tenantId: string, enrichmentId: string): Promise<void> {
  const waiting = await tx.messageEnrichment.updateManyAndReturn({
    where: { tenantId, id: enrichmentId, status: { in: ['pending', 'processing'] }, deferredUntil: { not: null } },
    select: { messageId: true, errorCode: true },
    data: { deferredUntil: null },
  });
  const [enrichment] = waiting;
  if (!enrichment) throw await notWaiting(tx, tenantId, enrichmentId);
  await failEnrichment(tx, tenantId, enrichmentId, {
    code: 'ENRICHMENT_GIVEN_UP',
    message: `An operator gave it up while it waited for ${enrichment.errorCode ?? 'its providers'} to pass`,
  });
  await appendEvents(tx, [
    {
      tenantId,
      aggregateType: 'enrichment',
      aggregateId: enrichmentId,
      eventType: WORKFLOW_EVENTS.enrichmentGivenUp,
      data: { subjectId: enrichment.messageId ?? enrichmentId },
    },
  ]);
}

async function notWaiting(tx: Tx, tenantId: string, enrichmentId: string): Promise<AppError> {
  const found = await tx.messageEnrichment.findFirst({
    where: { tenantId, id: enrichmentId },
    select: { status: true },
  });
  if (!found) return new AppError('NOT_FOUND', 'There is no enrichment with this id');
  return new AppError(
    'ENRICHMENT_NOT_WAITING',
    `It is ${found.status} and does not wait for a provider; only one that waits can be, or, to be retried, one that failed ` +
      'or has been under way for over an hour',
  );
}
