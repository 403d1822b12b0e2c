import type { Tx } from '../database';
import { AppError } from '../errors';
import { toPage, type Page, type PageRequest } from './page';

export interface DeadLetter {
  id: string;
  channelId: string | null;
  source: string;
  errorCode: string;
  reason: string;
  createdAt: Date;
  replayedAt: Date | null;
}

const SELECTED = {
  id: true,
  channelId: true,
  source: true,
  errorCode: true,
  reason: true,
  createdAt: true,
  replayedAt: true,
} as const;

/** Newest first, without the bodies. */
export async function listDeadLetters(
  tx: Tx,
  tenantId: string,
  { limit, after, ...filter }: PageRequest & { channelId?: string },
): Promise<Page<DeadLetter>> {
  const rows = await tx.deadLetter.findMany({
    where: { tenantId, ...filter, ...(after?.[0] ? { id: { lt: after[0] } } : {}) },
    orderBy: { id: 'desc' },
    take: limit + 1,
    select: SELECTED,
  });
  return toPage(rows, limit, (row) => [row.id]);
}

/** With the body as it came. @throws AppError NOT_FOUND */
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
