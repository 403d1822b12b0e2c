import { sqlFile, type Tx } from '../database';
import { AppError, type ErrorCode } from '../errors';
import { appendEvents, WORKFLOW_EVENTS, type OutboxEvent } from '../outbox/events';
import { failEnrichment } from './repository';
import { FILE_FAULTS } from './rules';

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
  const isAnswered = channel?.aiEnabled === true && channel.aiAgentsEnabled;
  await appendEvents(tx, [retryRequested(tenantId, { id: enrichmentId, messageId, contentType, message, isAnswered })]);
}

export interface RetryFilter {
  contentType?: string | undefined;
  /** That was asked for it. */
  provider?: string | undefined;
  /** Without it, what no retry can mend and what an operator gave up is left alone. */
  errorCode?: string | undefined;
  /** When it arrived; ISO 8601. */
  from?: string | undefined;
  /** Not included. */
  to?: string | undefined;
}

interface RetriedRow {
  id: string;
  messageId: string | null;
  contentType: string;
  channelId: string | null;
  contactId: string | null;
  groupId: string | null;
  isAnswered: boolean;
  hasMore: boolean;
}

/**
 * The same for all that wait or have failed, oldest first and at most `limit` of them, in the caller's transaction. Called
 * again it takes what is left: what was taken neither waits nor has failed. One whose workflow is gone is not found until it
 * has failed of that, which takes minutes.
 */
export async function retryEnrichments(
  tx: Tx,
  tenantId: string,
  { contentType, provider, errorCode, from, to, limit }: RetryFilter & { limit: number },
): Promise<{ retried: number; hasMore: boolean }> {
  const rows = await tx.$queryRawUnsafe<RetriedRow[]>(
    sqlFile('core/enrichment/sql/retry-many.sql'),
    tenantId,
    contentType ?? null,
    errorCode ?? null,
    LEFT_ALONE,
    provider ?? null,
    from ?? null,
    to ?? null,
    limit,
  );
  const events = rows.map(({ channelId, contactId, groupId, ...row }) =>
    retryRequested(tenantId, { ...row, message: channelId && contactId ? { channelId, contactId, groupId } : null }),
  );
  await appendEvents(tx, events);
  return { retried: rows.length, hasMore: rows[0]?.hasMore ?? false };
}

const GIVEN_UP: ErrorCode = 'ENRICHMENT_GIVEN_UP';
const LEFT_ALONE: string[] = [...FILE_FAULTS, GIVEN_UP];

/** The event that wakes or starts the workflow. */
function retryRequested(
  tenantId: string,
  of: {
    id: string;
    messageId: string | null;
    contentType: string;
    message: { channelId: string; contactId: string; groupId: string | null } | null;
    /** Agents answer on its channel, so what they read is remembered. */
    isAnswered: boolean;
  },
): OutboxEvent {
  const { id, messageId, contentType, message, isAnswered } = of;
  return {
    tenantId,
    aggregateType: 'enrichment',
    aggregateId: id,
    eventType: WORKFLOW_EVENTS.enrichmentRetryRequested,
    data: {
      enrichmentId: id,
      messageId,
      mediaKind: contentType,
      conversation: message ? { tenantId, channelId: message.channelId, contactId: message.contactId } : null,
      isRemembered: message?.groupId === null && isAnswered,
    },
  };
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
