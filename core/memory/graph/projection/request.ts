import { sqlFile, type Tx } from '../../../database';
import { AppError } from '../../../errors';
import { newId } from '../../../ids';
import { appendEvents, WORKFLOW_EVENTS } from '../../../outbox/events';
import type { Projection } from './types';

const SELECTED = {
  id: true,
  status: true,
  verticesDone: true,
  edgesDone: true,
  removed: true,
  errorCode: true,
  createdAt: true,
  startedAt: true,
  finishedAt: true,
} as const;

/** Whether the database has Apache AGE with the graph `ventros_graph`. */
export async function isProjectionReady(tx: Tx): Promise<boolean> {
  const sql = sqlFile('core/memory/graph/projection/sql/is_ready.sql');
  const [row] = await tx.$queryRawUnsafe<{ isReady: boolean }[]>(sql);
  return row?.isReady ?? false;
}

/**
 * Asks for the tenant's graph to be copied to Apache AGE, in the caller's transaction. One that is under way is the answer.
 *
 * @throws AppError GRAPH_EXTENSION_MISSING
 */
export async function requestProjection(tx: Tx, tenantId: string): Promise<Projection> {
  if (!(await isProjectionReady(tx))) {
    throw new AppError(
      'GRAPH_EXTENSION_MISSING',
      'This database has no Apache AGE: install the extension age and run the migrations again. Searches do not need it',
    );
  }
  // One at a time: whoever asks at the same moment waits here.
  await tx.$queryRaw`select 1 as taken from pg_advisory_xact_lock(hashtextextended(${`graph:${tenantId}`}, 0))`;
  const running = await tx.graphProjection.findFirst({ where: { tenantId, finishedAt: null }, select: SELECTED });
  if (running) return running as Projection;
  const id = newId();
  const row = await tx.graphProjection.create({ data: { id, tenantId }, select: SELECTED });
  await appendEvents(tx, [
    {
      tenantId,
      aggregateType: 'project',
      aggregateId: tenantId,
      eventType: WORKFLOW_EVENTS.graphProjectionRequested,
      data: { projectionId: id },
    },
  ]);
  return row as Projection;
}

/** The latest one. @throws AppError NOT_FOUND */
export async function latestProjection(tx: Tx, tenantId: string): Promise<Projection> {
  const row = await tx.graphProjection.findFirst({ where: { tenantId }, orderBy: { id: 'desc' }, select: SELECTED });
  if (!row) throw new AppError('NOT_FOUND', 'The graph was not projected yet');
  return row as Projection;
}
