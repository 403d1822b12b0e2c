import type { Tx } from '../database';
import { AppError } from '../errors';
import { appendEvents } from '../outbox/events';
import { toPage, type Page, type PageRequest } from './page';

export const DEAD_LETTER_SOURCES = ['channel_webhook', 'outbox_event'] as const;
export type DeadLetterSource = (typeof DEAD_LETTER_SOURCES)[number];

/** What nobody could read (a webhook), or what its receiver refused until it was given up (an event). */
export interface DeadLetter {
  id: string;
  channelId: string | null;
  source: string;
  /** Of the outbox, for an event. */
  eventId: string | null;
  tries: number;
  errorCode: string;
  reason: string;
  createdAt: Date;
  replayedAt: Date | null;
  replayedBy: string | null;
  /** Nothing more is to come of it; never together with `replayedAt`. */
  discardedAt: Date | null;
  discardedBy: string | null;
}

export interface DeadLetterFilter {
  channelId?: string | undefined;
  source?: DeadLetterSource | undefined;
  errorCode?: string | undefined;
  isReplayed?: boolean | undefined;
  isDiscarded?: boolean | undefined;
}

const SELECTED = {
  id: true,
  channelId: true,
  source: true,
  eventId: true,
  tries: true,
  errorCode: true,
  reason: true,
  createdAt: true,
  replayedAt: true,
  replayedBy: true,
  discardedAt: true,
  discardedBy: true,
} as const;

/** Newest first, without the bodies. */
export async function listDeadLetters(
  tx: Tx,
  tenantId: string,
  { limit, after, channelId, source, errorCode, isReplayed, isDiscarded }: PageRequest & DeadLetterFilter,
): Promise<Page<DeadLetter>> {
  const rows = await tx.deadLetter.findMany({
    where: {
      tenantId,
      ...(channelId ? { channelId } : {}),
      ...(source ? { source } : {}),
      ...(errorCode ? { errorCode } : {}),
      ...(isReplayed === undefined ? {} : { replayedAt: isReplayed ? { not: null } : null }),
      ...(isDiscarded === undefined ? {} : { discardedAt: isDiscarded ? { not: null } : null }),
      ...(after?.[0] ? { id: { lt: after[0] } } : {}),
    },
    orderBy: { id: 'desc' },
    take: limit + 1,
    select: SELECTED,
  });
  return toPage(rows, limit, (row) => [row.id]);
}

/** Of those that nobody has replayed or discarded, oldest first: the events of one thing stay in their order. */
export async function openDeadLetterIds(
  tx: Tx,
  tenantId: string,
  of: Pick<DeadLetterFilter, 'channelId' | 'source' | 'errorCode'> & { afterId: string | undefined; limit: number },
): Promise<string[]> {
  const { channelId, source, errorCode, afterId, limit } = of;
  const rows = await tx.deadLetter.findMany({
    where: {
      tenantId,
      replayedAt: null,
      discardedAt: null,
      ...(channelId ? { channelId } : {}),
      ...(source ? { source } : {}),
      ...(errorCode ? { errorCode } : {}),
      ...(afterId ? { id: { gt: afterId } } : {}),
    },
    orderBy: { id: 'asc' },
    take: limit,
    select: { id: true },
  });
  return rows.map(({ id }) => id);
}

/** With the body: as it came but for NULs, or the event with its data as JSON. @throws AppError NOT_FOUND */
export async function getDeadLetter(
  tx: Tx,
  tenantId: string,
  deadLetterId: string,
): Promise<DeadLetter & { body: string }> {
  const letter = await tx.deadLetter.findFirst({
    where: { tenantId, id: deadLetterId },
    select: { ...SELECTED, body: true },
  });
  if (!letter) throw new AppError('NOT_FOUND', 'There is no dead letter with this id');
  return letter;
}

const SETTLED = {
  replayed: (at: Date, by: string) => ({ replayedAt: at, replayedBy: by }),
  discarded: (at: Date, by: string) => ({ discardedAt: at, discardedBy: by }),
};

/**
 * Marks a dead letter as replayed or discarded, by whom, and says so in an event. Waits for whoever settles it at the same moment,
 * and then finds it taken.
 *
 * @throws AppError NOT_FOUND, DEAD_LETTER_REPLAYED, DEAD_LETTER_DISCARDED
 */
export async function settleDeadLetter(
  tx: Tx,
  { tenantId, deadLetterId, userId }: { tenantId: string; deadLetterId: string; userId: string },
  as: keyof typeof SETTLED,
): Promise<Awaited<ReturnType<typeof getDeadLetter>>> {
  const { count } = await tx.deadLetter.updateMany({
    where: { tenantId, id: deadLetterId, replayedAt: null, discardedAt: null },
    data: SETTLED[as](new Date(), userId),
  });
  const letter = await getDeadLetter(tx, tenantId, deadLetterId);
  if (count === 0) throw settledBefore(letter);
  await appendEvents(tx, [
    {
      tenantId,
      aggregateType: 'dead_letter',
      aggregateId: letter.id,
      eventType: `dead_letter.${as}`,
      data: { deadLetterId: letter.id, source: letter.source, userId },
    },
  ]);
  return letter;
}

/** Why a letter that is replayed or discarded can be neither again. */
function settledBefore({ replayedAt, discardedAt }: DeadLetter): AppError {
  if (discardedAt) return new AppError('DEAD_LETTER_DISCARDED', `It was discarded at ${discardedAt.toISOString()}`);
  const message = `It was replayed at ${replayedAt?.toISOString()}. What failed again since has a dead letter of its own`;
  return new AppError('DEAD_LETTER_REPLAYED', message);
}
