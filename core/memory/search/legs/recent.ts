import type { Tx } from '../../../database';
import type { LegHit } from '../../types';
import { scopedStatement, scopeParameters, type SearchScope } from '../scope';

const HALF_LIFE_DAYS = 30;
const MS_PER_DAY = 86_400_000;

/** The latest documents of the scope, the newest first. */
export async function recentLeg(tx: Tx, scope: SearchScope, now: Date, limit: number): Promise<LegHit[]> {
  const parameters = scopeParameters(scope);
  const rows = await tx.$queryRawUnsafe<LegHit[]>(scopedStatement('recent', parameters), ...parameters, limit);
  return byRecency(rows, now);
}

/**
 * Hits of other legs by their age: 1 for now, half of it every 30 days. Being new makes nothing relevant, so beside other
 * legs this one adds no documents of its own.
 */
export function byRecency(hits: readonly LegHit[], now: Date): LegHit[] {
  const known = new Map(hits.map((hit) => [hit.id, hit]));
  return [...known.values()]
    .map((hit) => ({ ...hit, matched: undefined, distance: undefined, score: recency(hit.occurredAt, now) }))
    .sort((a, b) => b.score - a.score || b.occurredAt.getTime() - a.occurredAt.getTime());
}

function recency(moment: Date, now: Date): number {
  const ageDays = Math.max(0, now.getTime() - moment.getTime()) / MS_PER_DAY;
  return 0.5 ** (ageDays / HALF_LIFE_DAYS);
}
