import { groupBy } from '../../../group-by';
import { sqlFile, type Database, type Tx } from '../../../database';
import { isVertexType, VERTEX_LABELS, VERTEX_TYPES } from './labels';
import type { EdgePosition, ProjectionPosition, ProjectionRef, ProjectionStep } from './types';

/** Of vertices, edges, or what is removed: a step of some hundred milliseconds. */
const ROWS_PER_STEP = 1_000;
const TIMEOUT_MS = 30_000;

const START: ProjectionPosition = { phase: 'vertices', type: VERTEX_TYPES[0] ?? 'contact', after: null };

interface Moved {
  position: ProjectionPosition;
  vertices?: number;
  edges?: number;
  removed?: number;
}

/**
 * Copies the next thousand vertices or edges of a tenant's graph to Apache AGE, or removes what an earlier projection left and
 * is gone; with the place kept in the same transaction, so that a step that is repeated writes nothing twice. What is
 * there stays readable meanwhile.
 *
 * @throws AppError GRAPH_EXTENSION_MISSING comes from requestProjection; here a missing extension is a DATABASE_ERROR
 */
export async function projectNext(db: Database, { tenantId, projectionId }: ProjectionRef): Promise<ProjectionStep> {
  return db.withTenant(
    tenantId,
    async (tx) => {
      const job = await tx.graphProjection.findFirst({ where: { tenantId, id: projectionId, finishedAt: null } });
      if (!job) return { phase: 'done', verticesDone: 0, edgesDone: 0, removed: 0 };
      const before = { ...START, ...(job.position as object) };
      const moved = await move(tx, { tenantId, projectionId }, before);
      const row = await tx.graphProjection.update({
        where: { tenantId, id: projectionId },
        data: {
          status: 'running',
          startedAt: job.startedAt ?? new Date(),
          position: { ...moved.position },
          verticesDone: { increment: moved.vertices ?? 0 },
          edgesDone: { increment: moved.edges ?? 0 },
          removed: { increment: moved.removed ?? 0 },
        },
        select: { verticesDone: true, edgesDone: true, removed: true },
      });
      return { phase: moved.position.phase, ...row };
    },
    { timeoutMs: TIMEOUT_MS },
  );
}

function move(tx: Tx, ref: ProjectionRef, position: ProjectionPosition): Promise<Moved> {
  switch (position.phase) {
    case 'vertices':
      return moveVertices(tx, ref, position);
    case 'edges':
      return moveEdges(tx, ref, position.after);
    case 'sweep':
      return sweep(tx, ref);
    case 'done':
      return Promise.resolve({ position });
  }
}

async function moveVertices(
  tx: Tx,
  { tenantId, projectionId }: ProjectionRef,
  { type, after }: { type: string; after: string | null },
): Promise<Moved> {
  if (!isVertexType(type)) return { position: { phase: 'edges', after: null } };
  const [batch] = await tx.$queryRawUnsafe<{ read: number; last: string | null }[]>(
    sqlFile('core/memory/graph/projection/sql/project_vertices.sql'),
    tenantId,
    type,
    after,
    ROWS_PER_STEP,
    VERTEX_LABELS[type],
    projectionId,
  );
  const read = batch?.read ?? 0;
  if (read === ROWS_PER_STEP) {
    return { position: { phase: 'vertices', type, after: batch?.last ?? null }, vertices: read };
  }
  const next = VERTEX_TYPES[VERTEX_TYPES.indexOf(type) + 1];
  const position: ProjectionPosition = next
    ? { phase: 'vertices', type: next, after: null }
    : { phase: 'edges', after: null };
  return { position, vertices: read };
}

type EdgeRow = EdgePosition & { fromType: string; toType: string; given: object };

async function moveEdges(
  tx: Tx,
  { tenantId, projectionId }: ProjectionRef,
  after: EdgePosition | null,
): Promise<Moved> {
  const rows = await tx.$queryRawUnsafe<EdgeRow[]>(
    sqlFile('core/memory/graph/projection/sql/next_edges.sql'),
    tenantId,
    after?.fromId ?? null,
    after?.kind ?? null,
    after?.toId ?? null,
    after?.sourceId ?? null,
    ROWS_PER_STEP,
  );
  let written = 0;
  for (const [, alike] of groupBy(rows, ({ kind, fromType, toType }) => `${kind} ${fromType} ${toType}`)) {
    const [first] = alike;
    if (!first || !isVertexType(first.fromType) || !isVertexType(first.toType)) continue;
    const [answer] = await tx.$queryRawUnsafe<{ written: number }[]>(
      sqlFile('core/memory/graph/projection/sql/project_edges.sql'),
      first.kind,
      VERTEX_LABELS[first.fromType],
      VERTEX_LABELS[first.toType],
      JSON.stringify(alike.map(({ given }) => given)),
      projectionId,
    );
    written += answer?.written ?? 0;
  }
  const last = rows.at(-1);
  if (rows.length < ROWS_PER_STEP || !last) return { position: { phase: 'sweep' }, edges: written };
  const { fromId, kind, toId, sourceId } = last;
  return { position: { phase: 'edges', after: { fromId, kind, toId, sourceId } }, edges: written };
}

async function sweep(tx: Tx, { projectionId }: ProjectionRef): Promise<Moved> {
  const [row] = await tx.$queryRawUnsafe<{ removed: number }[]>(
    sqlFile('core/memory/graph/projection/sql/sweep.sql'),
    projectionId,
    ROWS_PER_STEP,
  );
  const removed = row?.removed ?? 0;
  return { position: { phase: removed < ROWS_PER_STEP ? 'done' : 'sweep' }, removed };
}

/** Ended once, it stays so. */
export async function endProjection(
  db: Database,
  { tenantId, projectionId, errorCode }: ProjectionRef & { errorCode?: string },
): Promise<void> {
  await db.withTenant(tenantId, (tx) =>
    tx.graphProjection.updateMany({
      where: { tenantId, id: projectionId, finishedAt: null },
      data: { status: errorCode ? 'failed' : 'completed', errorCode: errorCode ?? null, finishedAt: new Date() },
    }),
  );
}
