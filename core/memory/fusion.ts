import type { Leg, LegHit, LegScore, SearchStrategy } from './types';

/**
 * How much each leg counts, by strategy. Scores are fused, not ranks: on LoCoMo equal-weight RRF of BM25 and a small
 * dense leg found .554 of the evidence in the first ten, BM25 alone .632, scaled scores with a dense share of .3 .786.
 * Real chats favour dense legs more than that set does, hence .4.
 */
const LEG_WEIGHTS: Record<SearchStrategy, Partial<Record<Leg, number>>> = {
  hybrid: { keyword: 0.6, vector: 0.4 },
  keyword_only: { keyword: 1 },
  vector_only: { vector: 1 },
};

export function legsOf(strategy: SearchStrategy): Leg[] {
  return (Object.keys(LEG_WEIGHTS[strategy]) as Leg[]).sort();
}

export interface LegAnswer {
  leg: Leg;
  /** Best first. */
  hits: LegHit[];
  /** The raw score that means "unrelated": 0 for BM25, the model's floor for cosine. */
  zero: number;
}

export interface FusedHit extends Pick<LegHit, 'kind' | 'id'> {
  score: number;
  legs: LegScore[];
}

/**
 * Scales each leg to its own maximum, adds them by the strategy's weights normalised over the legs that found
 * something, and sorts best first. A leg without hits takes no part, so it moves no rank.
 */
export function fuse(strategy: SearchStrategy, answers: readonly LegAnswer[]): FusedHit[] {
  const speaking = answers.filter((answer) => answer.hits.length > 0);
  const total = speaking.reduce((sum, { leg }) => sum + weightOf(strategy, leg), 0);
  const fused = new Map<string, FusedHit>();
  for (const { leg, hits, zero } of speaking) {
    const top = (hits[0]?.score ?? zero) - zero;
    hits.forEach((hit, index) => {
      const key = `${hit.kind}:${hit.id}`;
      const entry = fused.get(key) ?? { kind: hit.kind, id: hit.id, score: 0, legs: [] };
      const scaled = top > 0 ? Math.max(0, hit.score - zero) / top : 0;
      entry.score += (weightOf(strategy, leg) / total) * scaled;
      entry.legs.push({ leg, rank: index + 1, score: hit.score, ...(hit.matched ? { matched: hit.matched } : {}) });
      fused.set(key, entry);
    });
  }
  return [...fused.values()].sort((a, b) => b.score - a.score || (a.id < b.id ? 1 : -1));
}

function weightOf(strategy: SearchStrategy, leg: Leg): number {
  return LEG_WEIGHTS[strategy][leg] ?? 0;
}
