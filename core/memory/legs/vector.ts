import { sqlFile, type Tx } from '../../database';
import { scopeParameters, type SearchScope } from '../scope';
import type { DocumentKind, LegHit } from '../types';
import { vectorLiteral } from '../vector';

/** Up to here an exact scan is as fast as the index and forgets nothing. */
const EXACT_UP_TO_ROWS = 10_000;

interface VectorRow {
  kind: DocumentKind;
  id: string;
  score: number;
}

/**
 * Nearest vectors by cosine, best first; only vectors of the same model and dimension are comparable. Exact for a
 * contact, a session or a small tenant, HNSW with an iterative scan for a large tenant.
 */
export async function vectorLeg(
  tx: Tx,
  scope: SearchScope,
  query: { vector: number[]; model: string; floor: number; limit: number },
): Promise<LegHit[]> {
  const isIndexed = scope.contactId === null && scope.sessionId === null && (await isLargeTenant(tx, scope.tenantId));
  if (isIndexed) {
    const efSearch = Math.min(1000, Math.max(40, query.limit));
    await tx.$queryRawUnsafe(sqlFile('core/memory/sql/vector_search_settings.sql'), String(efSearch));
  }
  const statement = isIndexed ? 'core/memory/sql/vector_search_tenant.sql' : 'core/memory/sql/vector_search_exact.sql';
  const rows = await tx.$queryRawUnsafe<VectorRow[]>(
    sqlFile(statement),
    ...scopeParameters(scope),
    query.model,
    query.vector.length,
    vectorLiteral(query.vector),
    query.limit,
  );
  return firstOfEach(rows.filter((row) => row.score > query.floor));
}

async function isLargeTenant(tx: Tx, tenantId: string): Promise<boolean> {
  const [row] = await tx.$queryRawUnsafe<{ isLarge: boolean }[]>(
    sqlFile('core/memory/sql/count_vectors.sql'),
    tenantId,
    EXACT_UP_TO_ROWS,
  );
  return row?.isLarge ?? false;
}

/** A message may have several vectors (its text, its medium); it is one hit. */
function firstOfEach(rows: VectorRow[]): LegHit[] {
  const seen = new Set<string>();
  return rows.filter(({ kind, id }) => {
    const key = `${kind}:${id}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
