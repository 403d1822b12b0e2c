import type { Tx } from '../database';
import { AppError } from '../errors';
import { appendEvents, WORKFLOW_EVENTS } from '../outbox/events';
import { failEnrichment } from './repository';

const UNDER_WAY = { status: { in: ['pending', 'processing'] } };

/** What the caller found out about the workflow of an enrichment before. */
interface Known {
  /** It is gone, so that the enrichment would stay under way for ever. */
  isLost?: boolean;
}

/** Whether only its workflow can tell if an operator may act on it: by its row it is being read at this moment. */
export function isBeingRead({ status, deferredUntil }: { status: string; deferredUntil: Date | null }): boolean {
  return UNDER_WAY.status.in.includes(status) && deferredUntil === null;
}

/**
 * Has the chain tried again at once: of an enrichment that waits because every provider is down, of one that failed, or of
 * one whose workflow is gone. Writes the event that wakes or starts its workflow in the caller's transaction.
 *
 * @throws AppError NOT_FOUND, ENRICHMENT_NOT_WAITING
 */
export async function retryEnrichment(
  tx: Tx,
  tenantId: string,
  enrichmentId: string,
  { isLost = false }: Known = {},
): Promise<void> {
  const { count } = await tx.messageEnrichment.updateMany({
    where: {
      tenantId,
      id: enrichmentId,
      OR: [{ status: 'failed' }, stoppable(isLost)],
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
 * Ends the wait of an enrichment for its providers, or one whose workflow is gone: it has failed, and its workflow is told by
 * an event.
 *
 * @throws AppError NOT_FOUND, ENRICHMENT_NOT_WAITING
 */
export async function giveUpEnrichment(
  tx: Tx,
  tenantId: string,
  enrichmentId: string,
  { isLost = false }: Known = {},
): Promise<void> {
  const waiting = await tx.messageEnrichment.updateManyAndReturn({
    where: { tenantId, id: enrichmentId, ...stoppable(isLost) },
    select: { messageId: true, errorCode: true },
    data: { deferredUntil: null },
  });
  const [enrichment] = waiting;
  if (!enrichment) throw await notWaiting(tx, tenantId, enrichmentId);
  await failEnrichment(tx, tenantId, enrichmentId, {
    code: 'ENRICHMENT_GIVEN_UP',
    message: isLost
      ? 'An operator gave it up after its workflow was gone'
      : `An operator gave it up while it waited for ${enrichment.errorCode ?? 'its providers'} to pass`,
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

/** Under way, and nobody reads it at this moment. */
function stoppable(isLost: boolean) {
  return isLost ? UNDER_WAY : { ...UNDER_WAY, deferredUntil: { not: null } };
}

async function notWaiting(tx: Tx, tenantId: string, enrichmentId: string): Promise<AppError> {
  const found = await tx.messageEnrichment.findFirst({
    where: { tenantId, id: enrichmentId },
    select: { status: true },
  });
  if (!found) return new AppError('NOT_FOUND', 'There is no enrichment with this id');
  return new AppError(
    'ENRICHMENT_NOT_WAITING',
    `It is ${found.status} and does not wait for a provider; only one that waits can be, one whose workflow is gone, or, to ` +
      'be retried, one that failed',
  );
}
