import { sqlFile, type Database, type Tx } from '../../database';
import { AppError } from '../../errors';
import { newId } from '../../ids';
import { requireChanges } from './request';
import type { BatchStatus, ReplayBatchRef, ReplayChanges } from './types';

export interface ReplayBatch {
  id: string;
  /** Of the project's time, as `2026-03-01`. */
  day: string;
  agentId: string | null;
  changes: ReplayChanges;
  status: BatchStatus;
  errorCode: string | null;
  /** The turns of the day, as many as there are now. */
  turns: number;
  replayed: number;
  failed: number;
  /** Of the replayed: outcome, reply or tools are different. */
  changed: number;
  /** Of the replayed: after less before. */
  costDifferenceMicros: number;
  createdAt: Date;
  finishedAt: Date | null;
}

/** They run side by side. More would leave customers' answers less of the models. */
const TURNS_AT_ONCE = 5;

/**
 * Opens the replay of a day's turns; its workflow does the rest.
 *
 * @throws AppError NOT_FOUND (the agent, or the version)
 */
export async function openBatch(
  tx: Tx,
  tenantId: string,
  { day, agentId, changes }: { day: string; agentId: string | null; changes: ReplayChanges },
): Promise<ReplayBatch> {
  await requireChanges(tx, tenantId, changes);
  if (agentId && (await tx.agent.count({ where: { tenantId, id: agentId } })) === 0)
    throw new AppError('NOT_FOUND', 'There is no agent with this id');
  const id = newId();
  await tx.turnReplayBatch.create({ data: { id, tenantId, day: new Date(day), agentId, changes: { ...changes } } });
  return getBatch(tx, { tenantId, batchId: id });
}

/** @throws AppError NOT_FOUND */
export async function getBatch(tx: Tx, { tenantId, batchId }: ReplayBatchRef): Promise<ReplayBatch> {
  const rows = await tx.$queryRawUnsafe<ReplayBatch[]>(sqlFile('core/agents/replay/sql/batch.sql'), tenantId, batchId);
  const [row] = rows;
  if (!row) throw new AppError('NOT_FOUND', 'There is no replay of a day with this id');
  return row;
}

/**
 * Takes up the next turns of the day. Those of an attempt before this one, which nobody has replayed yet, come first.
 *
 * @returns the ids of their replays; empty at the end of the day
 */
export function takeTurns(db: Database, { tenantId, batchId }: ReplayBatchRef): Promise<string[]> {
  return db.withTenant(tenantId, async (tx) => {
    const open = await tx.turnReplay.findMany({
      where: { tenantId, batchId, status: 'running' },
      orderBy: { id: 'asc' },
      select: { id: true },
    });
    if (open.length > 0) return open.map(({ id }) => id);
    const batch = await tx.turnReplayBatch.findUniqueOrThrow({ where: { tenantId_id: { tenantId, id: batchId } } });
    const records = await tx.$queryRawUnsafe<{ id: string }[]>(
      sqlFile('core/agents/replay/sql/next_turns.sql'),
      tenantId,
      batchId,
      TURNS_AT_ONCE,
    );
    const last = records.at(-1);
    if (!last) return [];
    const rows = records.map(({ id: decisionRecordId }) => ({
      id: newId(),
      tenantId,
      batchId,
      decisionRecordId,
      changes: batch.changes ?? {},
    }));
    await tx.turnReplay.createMany({ data: rows });
    await tx.turnReplayBatch.update({ where: { tenantId_id: { tenantId, id: batchId } }, data: { position: last.id } });
    return rows.map(({ id }) => id);
  });
}

/** @param of.errorCode why the rest of the day was not replayed */
export async function endBatch(
  db: Database,
  { errorCode, ...ref }: ReplayBatchRef & { errorCode?: string },
): Promise<void> {
  await db.withTenant(ref.tenantId, (tx) =>
    tx.turnReplayBatch.updateMany({
      where: { tenantId: ref.tenantId, id: ref.batchId, status: 'running' },
      data: {
        status: errorCode === undefined ? 'completed' : 'failed',
        errorCode: errorCode ?? null,
        finishedAt: new Date(),
      },
    }),
  );
}
