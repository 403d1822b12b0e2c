import type { Fusion, Leg, LegScore } from '../types';
import type { StructuredHit } from './structure';
import type { LegWeights } from './strategies';

/** The constant of reciprocal rank fusion (domain reference, section 4). */
const RRF_K = 60;

export interface LegAnswer {
  leg: Leg;
  /** Best first. */
  hits: readonly StructuredHit[];
}

export interface FusedHit extends Pick<StructuredHit, 'kind' | 'id'> {
  score: number;
  legs: LegScore[];
}

/**
 * One list of all legs, best first, 1 for what is best in every leg.
 *
 * `scores` scales each leg to its own maximum and adds them by weight; `rrf` adds weight / (60 + rank). Weights are those of
 * the legs that found something, normalised, so a leg without hits moves nothing. Scores are the default: on LoCoMo
 * equal-weight RRF of BM25 and a small dense leg found .554 of the evidence in the first ten, scaled scores .786.
 */
export function fuse(fusion: Fusion, weights: LegWeights, answers: readonly LegAnswer[]): FusedHit[] {
  const speaking = answers.filter(({ leg, hits }) => hits.length > 0 && weights[leg] > 0);
  const total = speaking.reduce((sum, { leg }) => sum + weights[leg], 0);
  const fused = new Map<string, FusedHit>();
  for (const { leg, hits } of speaking) {
    const share = weights[leg] / total;
    const best = hits[0]?.score ?? 0;
    hits.forEach((hit, index) => {
      const entry = fused.get(hit.id) ?? { kind: hit.kind, id: hit.id, score: 0, legs: [] };
      const scaled = best > 0 ? hit.score / best : 0;
      entry.score += share * (fusion === 'rrf' ? (RRF_K + 1) / (RRF_K + index + 1) : scaled);
      entry.legs.push({
        leg,
        rank: index + 1,
        score: hit.ownScore ?? 0,
        signals: hit.signals,
        ...(hit.matched ? { matched: hit.matched } : {}),
        ...(hit.distance === undefined ? {} : { distance: hit.distance }),
      });
      fused.set(hit.id, entry);
    });
  }
  return [...fused.values()].sort((a, b) => b.score - a.score || (a.id < b.id ? 1 : -1));
}
