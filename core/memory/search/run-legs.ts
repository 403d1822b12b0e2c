import type { Tx } from '../../database';
import type { Deadline } from '../deadline';
import { LEGS, type Fusion, type Leg, type LegHit, type QueryVector } from '../types';
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
import { tenantSize } from './tenant-size';
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

/** Runs the legs that have a weight, lets the conversation's shape move their scores, and fuses them. */
export async function rankDocuments(
  tx: Tx,
  scope: SearchScope,
  question: Question,
  { weights, fusion, topK, deadline }: { weights: LegWeights; fusion: Fusion; topK: number; deadline: Deadline },
): Promise<Ranking> {
  const limit = Math.max(LEAST_CANDIDATES, 2 * topK);
  const raw: RawAnswer[] = [];
  const degraded: Leg[] = [];
  const degradedReasons: string[] = [];
  const size = isWide(scope) ? await tenantSize(tx, scope.tenantId) : null;
  for (const leg of LEGS) {
    if (weights[leg] === 0) continue;
    await deadline.limitNextStatement(tx);
    if (leg === 'keyword') {
      const { text, terms, hints } = question;
      const keyword = await keywordLeg(tx, scope, { text, terms, hints, limit: KEYWORD_CANDIDATES, tenantSize: size });
      raw.push({ leg, hits: keyword.hits, keyword, ofThatTime: await saidThen(tx, scope, question) });
    } else if (leg === 'vector' && question.vector.vector) {
      const { vector, model } = question.vector;
      const floor = similarityFloor(model);
      const hits = await vectorLeg(tx, scope, { vector, model, floor, limit, tenantVectors: size?.vectors ?? null });
      raw.push({ leg, hits: hits.map((hit) => ({ ...hit, score: hit.score - floor })) });
    } else if (leg === 'vector' && !question.vector.vector) {
      degraded.push(leg);
      degradedReasons.push(question.vector.reason);
    } else if (leg === 'graph') {
      const { text, terms } = question;
      const graph = await graphLeg(tx, scope, { text, terms, limit, deadline });
      if (graph.hits) raw.push({ leg, hits: graph.hits });
      else {
        degraded.push(leg);
        degradedReasons.push(graph.reason);
      }
    }
  }
  if (weights.recent > 0) {
    const others = raw.flatMap(({ hits }) => hits);
    const isAlone = weights.recent === 1;
    const hits = isAlone ? await recentLeg(tx, scope, question.now, limit) : byRecency(others, question.now);
    raw.push({ leg: 'recent', hits });
  }
  await deadline.limitNextStatement(tx);
  const layout = await loadLayout(
    tx,
    scope.tenantId,
    raw.map(({ hits }) => hits),
  );
  const answers = raw.map((answer) => structured(answer, scope, question, layout));
  const trust = question.vector.vector ? vectorTrust(question.vector.model) : 1;
  const trusted = { ...weights, vector: weights.vector * trust };
  const keyword = raw.find(({ leg }) => leg === 'keyword')?.keyword ?? null;
  return {
    fused: fuse(fusion, trusted, answers),
    relevanceOf: relevanceOf({
      terms: question.terms,
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
  const possible = 1 - similarityFloor(vector.model);
  return new Map(answer.hits.map(({ id, score }) => [id, score / possible]));
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
    return { leg, hits: hits.map((hit) => ({ ...hit, ownScore: hit.score, signals: [] })) };
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
