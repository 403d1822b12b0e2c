import type { Tx } from '../../database';
import type { Deadline } from '../deadline';
import type { Fusion, Leg, LegHit, QueryVector } from '../types';
import { similarityFloor, vectorTrust } from '../vector';
import { fuse, type FusedHit, type LegAnswer } from './fusion';
import { graphLeg } from './legs/graph';
import { keywordLeg, type KeywordAnswer } from './legs/keyword';
import { byRecency, recentLeg } from './legs/recent';
import { vectorLeg } from './legs/vector';
import type { PersonAsked } from './people';
import type { QueryTerm } from './query-terms';
import { relevanceOf } from './relevance';
import { isWide, type SearchScope } from './scope';
import { keywordSessions, vectorSessions } from './session-scores';
import type { LegWeights } from './strategies';
import { applyStructure, loadLayout, type Layout } from './structure';
import { wholeTenant, type WholeTenant } from './whole-tenant';
import { intervalOf, type TimeAsked } from './time-range';

/** Enough for legs to meet and for sessions to show when the cut is small. */
const LEAST_CANDIDATES = 100;
const KEYWORD_CANDIDATES = 400;
/** More is no longer a time, but the conversation. */
const TIME_CANDIDATES = 60;

/** A query, read. */
export interface Question {
  text: string;
  terms: readonly QueryTerm[];
  /** Words that an answer to this form of question tends to hold. */
  hints: readonly (readonly string[])[];
  vector: QueryVector;
  asked: readonly PersonAsked[];
  time: TimeAsked | null;
  now: Date;
}

export interface Ranking {
  fused: FusedHit[];
  /** From 0 to 1; null for what neither words nor vectors found. */
  relevanceOf: (hit: FusedHit) => number | null;
  /** Null when no leg ran. */
  isEmptyScope: boolean | null;
  degraded: Leg[];
  degradedReasons: string[];
}

interface RawAnswer {
  leg: Leg;
  hits: readonly LegHit[];
  keyword?: KeywordAnswer;
  ofThatTime?: readonly LegHit[];
}

/** How many hits of a leg count. */
function candidates(topK: number): number {
  return Math.max(LEAST_CANDIDATES, 2 * topK);
}

/**
 * The nearest vectors of a contact or session. They can be asked for before the question is read: the database compares
 * them meanwhile. Null where the strategy, the vector or the scope does not allow it.
 */
export function startVectorLeg(
  tx: Tx,
  scope: SearchScope,
  { vector, weights, topK }: { vector: QueryVector; weights: LegWeights; topK: number },
): Promise<LegHit[]> | null {
  if (isWide(scope)) return null;
  const started = nearestVectors(tx, scope, { vector, weights, topK, tenant: null });
  // `rankDocuments` waits for it, and throws its error. Who ends before that has another one to tell.
  started?.catch(() => undefined);
  return started;
}

function nearestVectors(
  tx: Tx,
  scope: SearchScope,
  {
    vector: query,
    weights,
    topK,
    tenant,
  }: { vector: QueryVector; weights: LegWeights; topK: number; tenant: WholeTenant | null },
): Promise<LegHit[]> | null {
  if (weights.vector === 0 || !query.vector) return null;
  const { vector, model } = query;
  return vectorLeg(tx, scope, { vector, model, floor: similarityFloor(model), limit: candidates(topK), tenant });
}

/** Runs the legs that have a weight, lets the conversation's shape move their scores, and fuses them. */
export async function rankDocuments(
  tx: Tx,
  scope: SearchScope,
  question: Question,
  {
    weights,
    fusion,
    topK,
    deadline,
    started,
  }: {
    weights: LegWeights;
    fusion: Fusion;
    topK: number;
    deadline: Deadline;
    /** Of `startVectorLeg`. */
    started: Promise<LegHit[]> | null;
  },
): Promise<Ranking> {
  const { text, terms, hints, vector } = question;
  const limit = candidates(topK);
  const raw: RawAnswer[] = [];
  const degraded: Leg[] = [];
  const degradedReasons: string[] = [];
  const needsTenant = isWide(scope) && weights.vector + weights.keyword > 0;
  const tenant = needsTenant ? await wholeTenant(tx, scope) : null;
  await deadline.limitNextStatement(tx);
  const nearest = started ?? nearestVectors(tx, scope, { vector, weights, topK, tenant });
  // What the index of a whole tenant's vectors needs is no setting for the words.
  if (tenant) await nearest;
  const words =
    weights.keyword === 0 ? null : keywordLeg(tx, scope, { text, terms, hints, limit: KEYWORD_CANDIDATES, tenant });
  const [hits, keyword, ofThatTime] = await Promise.all([nearest, words, words && saidThen(tx, scope, question)]);
  if (hits) {
    raw.push({ leg: 'vector', hits });
  } else if (weights.vector > 0 && !vector.vector) {
    degraded.push('vector');
    degradedReasons.push(vector.reason);
  }
  if (keyword) raw.push({ leg: 'keyword', hits: keyword.hits, keyword, ofThatTime: ofThatTime ?? [] });
  if (weights.graph > 0) {
    await deadline.limitNextStatement(tx);
    const graph = await graphLeg(tx, scope, { text, terms, limit, deadline });
    if (graph.hits) {
      raw.push({ leg: 'graph', hits: graph.hits });
    } else {
      degraded.push('graph');
      degradedReasons.push(graph.reason);
    }
  }
  if (weights.recent > 0) {
    const others = raw.flatMap(({ hits }) => hits);
    const isAlone = weights.recent === 1;
    const latest = isAlone ? await recentLeg(tx, scope, question.now, limit) : byRecency(others, question.now);
    raw.push({ leg: 'recent', hits: latest });
  }
  await deadline.limitNextStatement(tx);
  const layout = await loadLayout(
    tx,
    scope.tenantId,
    raw.map(({ hits }) => hits),
  );
  const answers = raw.map((answer) => structured(answer, scope, question, layout));
  const trust = vector.vector ? vectorTrust(vector.model) : 1;
  const trusted = { ...weights, vector: weights.vector * trust };
  return {
    fused: fuse(fusion, trusted, answers),
    relevanceOf: relevanceOf({
      terms,
      timeWords: question.time?.phrase ?? new Set(),
      keyword,
      cosines: cosinesOf(question, raw),
      vectorTrust: trust,
      layout,
    }),
    isEmptyScope: raw.length === 0 ? null : await isEmpty(tx, scope, { keyword, raw, now: question.now }),
    degraded,
    degradedReasons,
  };
}

function cosinesOf({ vector }: Question, raw: readonly RawAnswer[]): Map<string, number> | null {
  const answer = raw.find(({ leg }) => leg === 'vector');
  if (!answer || !vector.vector) return null;
  return new Map(answer.hits.map(({ id, score }) => [id, score]));
}

async function isEmpty(
  tx: Tx,
  scope: SearchScope,
  { keyword, raw, now }: { keyword: KeywordAnswer | null; raw: readonly RawAnswer[]; now: Date },
): Promise<boolean> {
  if (keyword) return keyword.corpus.documents === 0;
  return raw.every(({ hits }) => hits.length === 0) && (await recentLeg(tx, scope, now, 1)).length === 0;
}

/** A question such as "o que aconteceu em março" has no word of its answer: then the time is what it asks for. */
async function saidThen(tx: Tx, scope: SearchScope, { time, now }: Question): Promise<LegHit[]> {
  if (time === null || isWide(scope)) return [];
  const { since, until } = intervalOf(time.range, now);
  const narrowed = {
    ...scope,
    since: scope.since && scope.since > since ? scope.since : since,
    until: scope.until && scope.until < until ? scope.until : until,
  };
  return recentLeg(tx, narrowed, now, TIME_CANDIDATES);
}

function structured(
  { leg, hits, keyword, ofThatTime }: RawAnswer,
  scope: SearchScope,
  question: Question,
  layout: Layout,
): LegAnswer {
  if (leg === 'recent') {
    return { leg, hits: hits.map((hit) => ({ hit, ownScore: hit.score, score: hit.score, signals: 0 })) };
  }
  const sessionScores = keyword
    ? keywordSessions(keyword.hits, keyword.corpus, layout)
    : leg === 'vector'
      ? vectorSessions(hits)
      : new Map<string, number>();
  return {
    leg,
    hits: applyStructure(hits, {
      layout,
      asked: question.asked,
      time: question.time?.range ?? null,
      ...(ofThatTime ? { ofThatTime } : {}),
      sessionScores,
      mayAppear: neighboursAllowed(scope),
    }),
  };
}

/** A message that no leg compared with the filters may only appear where there are none. */
function neighboursAllowed(scope: SearchScope): (id: string) => boolean {
  const { types, since, until, metadata, sources } = scope;
  const isNarrowed = types !== null || since !== null || until !== null || metadata !== null;
  if (isNarrowed || !sources.includes('message')) return () => false;
  const excluded = new Set(scope.excludeMessageIds);
  return (id) => !excluded.has(id);
}
