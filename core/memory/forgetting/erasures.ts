import type { Prisma, Tx } from '../../database';
import { AppError } from '../../errors';
import { newId } from '../../ids';
import { appendEvents, WORKFLOW_EVENTS } from '../../outbox/events';
import type { ErasureScope, ErasureStatus } from './types';

export interface Erasure {
  id: string;
  contactId: string;
  scope: ErasureScope;
  status: ErasureStatus;
  /** Rows, files and workflow histories by kind. */
  removed: Record<string, number>;
  errorCode: string | null;
  apiKeyId: string | null;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
}

/**
 * Records that a contact is to be forgotten and asks for the workflow that does it, in the caller's transaction. A deleted
 * contact can be forgotten too.
 *
 * @throws AppError NOT_FOUND; CONFLICT while the contact is being forgotten already
 */
export async function requestErasure(
  tx: Tx,
  tenantId: string,
  { contactId, scope, apiKeyId }: { contactId: string; scope: ErasureScope; apiKeyId: string | null },
): Promise<Erasure> {
  if ((await tx.contact.count({ where: { tenantId, id: contactId } })) === 0) {
    throw new AppError('NOT_FOUND', 'There is no contact with this id');
  }
  const running = await tx.memoryErasure.findFirst({
    where: { tenantId, contactId, status: { in: ['queued', 'running'] } },
    select: { id: true },
  });
  if (running) {
    throw new AppError('CONFLICT', `This contact is being forgotten already: follow the erasure ${running.id}`);
  }
  const id = newId();
  await tx.memoryErasure.create({ data: { id, tenantId, contactId, scope, apiKeyId } });
  await appendEvents(tx, [
    {
      tenantId,
      aggregateType: 'contact',
      aggregateId: contactId,
      eventType: WORKFLOW_EVENTS.erasureRequested,
      data: { erasureId: id, contactId, scope },
    },
  ]);
  return getErasure(tx, tenantId, id);
}

/** @throws AppError NOT_FOUND */
export async function getErasure(tx: Tx, tenantId: string, id: string): Promise<Erasure> {
  const row = await tx.memoryErasure.findFirst({ where: { tenantId, id } });
  if (!row) throw new AppError('NOT_FOUND', 'There is no erasure with this id');
  const { tenantId: _tenant, ...rest } = row;
  return rest as unknown as Erasure;
}

/** Adds counts to the report. A step that is repeated removes less the second time, so nothing is counted twice. */
export async function reportRemoved(
  tx: Tx,
  tenantId: string,
  id: string,
  counts: Record<string, number>,
): Promise<void> {
  const { removed } = await getErasure(tx, tenantId, id);
  const sum: Record<string, number> = { ...removed };
  for (const [kind, count] of Object.entries(counts)) sum[kind] = (sum[kind] ?? 0) + count;
  await tx.memoryErasure.updateMany({
    where: { tenantId, id },
    data: { removed: sum satisfies Prisma.InputJsonObject },
  });
}

/** Ends an erasure and tells subscribers what was removed. Ended once, it stays so. */
export async function finishErasure(tx: Tx, tenantId: string, id: string, errorCode?: string): Promise<void> {
  const status: ErasureStatus = errorCode === undefined ? 'completed' : 'failed';
  const { count } = await tx.memoryErasure.updateMany({
    where: { tenantId, id, finishedAt: null },
    data: { status, errorCode: errorCode ?? null, finishedAt: new Date() },
  });
  if (count === 0) return;
  const { contactId, removed } = await getErasure(tx, tenantId, id);
  await appendEvents(tx, [
    {
      tenantId,
      aggregateType: 'contact',
      aggregateId: contactId,
      eventType: status === 'completed' ? 'memory.forgotten' : 'memory.forgetting_failed',
      data: { erasureId: id, contactId, removed, errorCode: errorCode ?? null },
    },
  ]);
}
