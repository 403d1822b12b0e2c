import { AppError } from '../../errors';
import { LEGS, type Leg, type SearchStrategy } from '../types';

export type LegWeights = Readonly<Record<Leg, number>>;

export interface Strategy {
  /** Shares of the legs, together 1. */
  weights: LegWeights;
  /** Whether the best hits are read again by a reranker, when there is one. */
  rerank: boolean;
  /** How long an answer about one contact may be given again while nothing was written about the contact; 0: never. */
  cacheSeconds: number;
}

/** Shares in hundredths: vector, keyword, graph, recent. */
type Row = readonly [vector: number, keyword: number, graph: number, recent: number, rerank: boolean, cache: number];

/**
 * Domain reference, section 4, but for `hybrid`, which is measured: with the default of the domain (50/20/20/10) a weak
 * embedder outvotes the words (see docs/memory.md).
 */
const ROWS: Readonly<Record<Exclude<SearchStrategy, 'custom'>, Row>> = {
  hybrid: [30, 70, 0, 0, false, 60],
  sales_prospecting: [20, 30, 40, 10, false, 300],
  sales_negotiation: [40, 30, 20, 10, true, 180],
  sales_closing: [35, 25, 30, 10, true, 60],
  retention_churn: [50, 20, 20, 10, true, 60],
  retention_upsell: [40, 20, 30, 10, false, 300],
  support_technical: [30, 50, 10, 10, false, 0],
  support_billing: [20, 40, 30, 10, false, 300],
  balanced: [33, 33, 33, 0, false, 300],
  vector_only: [100, 0, 0, 0, true, 600],
  keyword_only: [0, 100, 0, 0, false, 300],
  graph_only: [0, 0, 100, 0, false, 300],
  vector_keyword_50: [50, 50, 0, 0, true, 300],
  vector_graph_50: [50, 0, 50, 0, false, 300],
  keyword_graph_50: [0, 50, 50, 0, false, 300],
  recent_only: [0, 0, 0, 100, false, 30],
  keyword_recent_70_30: [0, 70, 0, 30, false, 60],
  vector_recent_70_30: [70, 0, 0, 30, true, 120],
  semantic_heavy: [70, 20, 10, 0, false, 300],
  graph_heavy: [10, 20, 70, 0, false, 300],
};

const CUSTOM_CACHE_SECONDS = 60;
/** How far weights of a request may miss 1 (or 100): what rounding does. */
const SUM_TOLERANCE = 0.01;

/**
 * @param weights of `custom`: shares of the legs that together make 1, or 100; a leg not named has none.
 * @throws AppError VALIDATION_ERROR when custom weights are missing, negative, not finite or do not sum, or when weights
 * come with another strategy.
 */
export function resolveStrategy(name: SearchStrategy, weights?: Partial<Record<Leg, number>>): Strategy {
  if (name === 'custom') {
    return { weights: normalised(customWeights(weights)), rerank: false, cacheSeconds: CUSTOM_CACHE_SECONDS };
  }
  if (weights !== undefined) throw invalid('go with the strategy custom only');
  const [vector, keyword, graph, recent, rerank, cacheSeconds] = ROWS[name];
  return { weights: normalised({ vector, keyword, graph, recent }), rerank, cacheSeconds };
}

function customWeights(weights: Partial<Record<Leg, number>> | undefined): LegWeights {
  if (weights === undefined) throw invalid('are needed with the strategy custom');
  const complete = { vector: 0, keyword: 0, graph: 0, recent: 0, ...weights };
  const values = LEGS.map((leg) => complete[leg]);
  if (!values.every((value) => Number.isFinite(value) && value >= 0)) throw invalid('must be numbers from 0 on');
  const sum = values.reduce((total, value) => total + value, 0);
  const isShare = Math.abs(sum - 1) <= SUM_TOLERANCE;
  const isPercent = Math.abs(sum - 100) <= 100 * SUM_TOLERANCE;
  if (!isShare && !isPercent) throw invalid(`must sum to 1 or to 100; they sum to ${sum}`);
  return complete;
}

function normalised(weights: LegWeights): LegWeights {
  const sum = LEGS.reduce((total, leg) => total + weights[leg], 0);
  return {
    vector: weights.vector / sum,
    keyword: weights.keyword / sum,
    graph: weights.graph / sum,
    recent: weights.recent / sum,
  };
}

function invalid(message: string): AppError {
  return new AppError('VALIDATION_ERROR', `weights ${message}`, { fields: [{ field: 'weights', message }] });
}
