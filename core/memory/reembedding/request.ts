import type { Database, Tx } from '../../database';
import { AppError } from '../../errors';
import { newId } from '../../ids';
import { appendEvents, WORKFLOW_EVENTS } from '../../outbox/events';
import type { EmbeddingModel } from '../../providers/ports';
import { activeModel, isSame } from '../active-model';
import type { Reembedding } from './types';

const SELECTED = {
  id: true,
  status: true,
  fromProvider: true,
  fromModel: true,
  toProvider: true,
  toModel: true,
  documentsTotal: true,
  documentsDone: true,
  errorCode: true,
  createdAt: true,
  startedAt: true,
  switchedAt: true,
  finishedAt: true,
} as const;

/**
 * Asks for all vectors of a tenant to be made again with `to`, in the caller's transaction. One that is under way to another
 * model is cancelled; to the same model it is the answer.
 *
 * @throws AppError PRECONDITION_FAILED if they are of this model already, or there are none
 */
export async function requestReembedding(tx: Tx, tenantId: string, to: EmbeddingModel): Promise<Reembedding> {
  // One at a time: whoever asks at the same moment waits here.
  await tx.$queryRaw`select 1 as taken from pg_advisory_xact_lock(hashtextextended(${`reembedding:${tenantId}`}, 0))`;
  const running = await tx.memoryReembedding.findFirst({ where: { tenantId, finishedAt: null }, select: SELECTED });
  if (running && isSame({ provider: running.toProvider, model: running.toModel }, to)) return running as Reembedding;
  if (running) {
    await tx.memoryReembedding.updateMany({
      where: { tenantId, id: running.id },
      data: { status: 'cancelled', finishedAt: new Date() },
    });
  }
  const from = await activeModel(tx, tenantId);
  if (!from || isSame(from, to)) {
    throw new AppError('PRECONDITION_FAILED', `There are no vectors of another model than ${to.model}`);
  }
  const id = newId();
  const row = await tx.memoryReembedding.create({
    data: {
      id,
      tenantId,
      fromProvider: from.provider,
      fromModel: from.model,
      toProvider: to.provider,
      toModel: to.model,
    },
    select: SELECTED,
  });
  await appendEvents(tx, [
    {
      tenantId,
      aggregateType: 'project',
      aggregateId: tenantId,
      eventType: WORKFLOW_EVENTS.reembeddingRequested,
      data: { reembeddingId: id },
    },
  ]);
  return row as Reembedding;
}

/** The latest one. @throws AppError NOT_FOUND */
export async function latestReembedding(tx: Tx, tenantId: string): Promise<Reembedding> {
  const row = await tx.memoryReembedding.findFirst({ where: { tenantId }, orderBy: { id: 'desc' }, select: SELECTED });
  if (!row) throw new AppError('NOT_FOUND', 'Nothing was embedded again yet');
  return row as Reembedding;
}

/**
 * After a change of the configuration: asks for every tenant whose vectors are of another model than `to`.
 *
 * @returns how many tenants.
 */
export async function requestReembeddings(db: Database, to: EmbeddingModel): Promise<number> {
  const tenants = await db.withSystem((tx) =>
    tx.memoryModel.findMany({ where: { NOT: to }, select: { tenantId: true } }),
  );
  for (const { tenantId } of tenants) {
    await db.withTenant(tenantId, async (tx) => {
      const active = await activeModel(tx, tenantId);
      if (active && !isSame(active, to)) await requestReembedding(tx, tenantId, to);
    });
  }
  return tenants.length;
}
