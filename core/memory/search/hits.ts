import { sqlFile, type Tx } from '../../database';
import type { DocumentKind, MemoryHit } from '../types';
import { explained, type FusedHit } from './fusion';

type DocumentRow = Omit<MemoryHit, 'score' | 'relevance' | 'legs'> & {
  kind: DocumentKind;
  id: string;
  /** Of a fact that ends. */
  expiresAt: Date | null;
};

export interface RelevantHit extends FusedHit {
  relevance: number | null;
}

/** The texts of ranked documents, in their order. What was deleted meanwhile, or repeats a better hit, is left out. */
export async function loadHits(
  tx: Tx,
  tenantId: string,
  fused: readonly RelevantHit[],
): Promise<{ hits: MemoryHit[]; firstExpiry: Date | null }> {
  if (fused.length === 0) return { hits: [], firstExpiry: null };
  const rows = await tx.$queryRawUnsafe<DocumentRow[]>(
    sqlFile('core/memory/search/sql/documents_by_id.sql'),
    tenantId,
    fused.map((hit) => hit.id),
  );
  const byKey = new Map(rows.map((row) => [`${row.kind}:${row.id}`, row]));
  const shown = new Set<string>();
  const hits = fused.flatMap((hit) => {
    const { kind, id, score, relevance } = hit;
    const row = byKey.get(`${kind}:${id}`);
    if (!row) return [];
    // An external document may repeat the message it belongs to.
    const { kind: _kind, id: _id, expiresAt: _expiresAt, ...document } = row;
    const identity = `${row.source}:${row.sourceId}:${row.content}`;
    if (shown.has(identity)) return [];
    shown.add(identity);
    return [{ ...document, score, relevance, legs: explained(hit) }];
  });
  const expiries = rows.flatMap(({ expiresAt }) => expiresAt ?? []).sort((a, b) => a.getTime() - b.getTime());
  return { hits, firstExpiry: expiries[0] ?? null };
}
