import { sqlFile, type Tx } from '../../../database';
import { AppError } from '../../../errors';
import type { LegHit } from '../../types';
import { DEFAULT_DIMENSIONS, readStoredModel, type VectorKind } from '../../../providers/stored-model';
import { hasMeasuredFloor, vectorBytes } from '../../vector';
import { scopedStatement, scopeParameters, type SearchScope } from '../scope';
import { COUNTED_VECTORS, type WholeTenant } from '../whole-tenant';

/** Of its cosine, for what is no nearer than the others are: enough to keep its place, and to move nothing. */
const LEAST_SCORE = 1e-6;
/** Fewer texts may all be about what is asked. */
const LEAST_COMPARED = 8;
/** With pgvector's default of 40 the index found .85 of the ten nearest among 15,000 of 100,000 vectors. */
const LEAST_EF_SEARCH = 200;

/**
 * Nearest vectors by their cosine above what texts have in common, best first; only vectors of the same model and dimension are comparable. Exact for a
 * contact, a session, a small tenant or the few documents that filters leave, HNSW with an iterative scan for a large tenant,
 * and exact again should that end before it found as many as there are. `tenant` is null for a contact or a session.
 */
export async function vectorLeg(
  tx: Tx,
  scope: SearchScope,
  query: { vector: number[]; model: string; floor: number; limit: number; tenant: WholeTenant | null },
): Promise<LegHit[]> {
  const { tenant } = query;
  if (tenant?.isForFew) return aboveFloor(await nearest(tx, 'vector_search_asked_for', scope, query), query);
  let rows: LegHit[] = [];
  // Below that an exact scan is as fast as the index and forgets nothing.
  if (tenant && tenant.vectors >= COUNTED_VECTORS) {
    await useIndex(tx, query.limit);
    rows = await nearest(tx, 'vector_search_tenant', scope, query);
    await leaveIndex(tx);
  }
  if (rows.length < query.limit) rows = await nearest(tx, 'vector_search_exact', scope, query);
  return aboveFloor(rows, query);
}

function nearest(
  tx: Tx,
  statement: 'vector_search_tenant' | 'vector_search_exact' | 'vector_search_asked_for',
  scope: SearchScope,
  { model, vector, limit }: { vector: number[]; model: string; limit: number },
): Promise<LegHit[]> {
  const parameters = scopeParameters(scope);
  return tx.$queryRawUnsafe<LegHit[]>(
    comparing(scopedStatement(statement, parameters), readStoredModel(model)),
    ...parameters,
    model,
    vector.length,
    vectorBytes(vector),
    limit,
  );
}

/** The statement for vectors of another kind than those it is written for: an index has one width, and is found by its very words. */
function comparing(statement: string, { dimensions, precision }: VectorKind): string {
  const ofWidth = statement.replaceAll(String(DEFAULT_DIMENSIONS), String(dimensions));
  return precision === 'full'
    ? ofWidth
    : ofWidth
        .replaceAll('e.embedding::vector', 'e.embedding_half::halfvec')
        .replaceAll('$12::vector', '$12::vector::halfvec');
}

async function useIndex(tx: Tx, limit: number): Promise<void> {
  const efSearch = Math.min(1000, Math.max(LEAST_EF_SEARCH, limit));
  const [set] = await tx.$queryRawUnsafe<{ iterativeScan: string }[]>(
    sqlFile('core/memory/search/sql/vector_search_settings.sql'),
    String(efSearch),
  );
  if (set?.iterativeScan !== 'strict_order') {
    throw new AppError('DATABASE_ERROR', 'pgvector has no iterative scan: it must be 0.8 or later');
  }
}

async function leaveIndex(tx: Tx): Promise<void> {
  await tx.$queryRawUnsafe(sqlFile('core/memory/search/sql/planner_defaults.sql'));
}

/**
 * The hits above the model's floor, scored by what they have of what is possible above it. A message may have several vectors (its
 * text, its medium); it is one hit.
 */
function aboveFloor(rows: readonly LegHit[], { model, floor }: { model: string; floor: number }): LegHit[] {
  const seen = new Set<string>();
  const hits = rows.filter(({ id, score }) => {
    const isNew = score > floor && !seen.has(id);
    seen.add(id);
    return isNew;
  });
  const common = hasMeasuredFloor(model) ? floor : Math.max(floor, middleOf(hits));
  // Equal vectors leave nothing above what they have in common.
  const possible = Math.max(1 - common, Number.EPSILON);
  for (const hit of hits) hit.score = Math.max(LEAST_SCORE * hit.score, (hit.score - common) / possible);
  return hits;
}

/**
 * The cosine that half of the nearest texts reach. Of a model whose cosines lie close together (those of the E5 models between .75 and
 * .9) it is what any two texts have in common; left in, a message would gain most by having many neighbours.
 */
function middleOf(hits: readonly LegHit[]): number {
  if (hits.length < LEAST_COMPARED) return 0;
  return hits[Math.floor(hits.length / 2)]?.score ?? 0;
}
