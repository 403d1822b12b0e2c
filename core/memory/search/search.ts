import { sqlFile, type Database, type Tx } from '../../database';
import { AppError } from '../../errors';
import { startDeadline, withinDeadline, type Deadline } from '../deadline';
import { MEMORY_SOURCES, type EmptyReason, type QueryVector, type SearchRequest, type SearchResult } from '../types';
import { assertVector } from '../vector';
import { answerCacheOf, answerKey, type Answer } from './answer-cache';
import type { FusedHit } from './fusion';
import { loadHits } from './hits';
import { readPeople } from './people';
import { queryTerms } from './query-terms';
import { answerHints } from './related-words';
import { rankDocuments, startVectorLeg, type Ranking } from './run-legs';
import { isWide, type SearchScope } from './scope';
import { rerankAnswer, rerankCandidates } from './rerank';
import { resolveStrategy, type Strategy } from './strategies';
import { readTime } from './time-range';

const MAX_TOP_K = 100;
const MAX_QUERY_CHARACTERS = 4_096;
const DEFAULT_TIMEOUT_MS = 10_000;
/** Of the best hit of an answer; measured in docs/memory.md. */
export const DEFAULT_MIN_RELEVANCE = 0.1;

/**
 * What the tenant's memory holds about the query, best first. Never writes.
 *
 * An empty list says why in `emptyReason`; a leg that could not run is named in `degraded`, and the other legs still
 * answer. Expired and invalidated facts, deleted messages and other tenants' rows are never returned.
 *
 * @throws AppError VALIDATION_ERROR (topK outside 1..100, minRelevance outside 0..1, empty or too long query, until not after since,
 * weights that do not sum),
 * EMBEDDING_DIMENSION_MISMATCH, NOT_FOUND (contact or session is not the tenant's), TIMEOUT (`timeoutMs` passed)
 */
export function searchMemory(db: Database, request: SearchRequest): Promise<SearchResult> {
  return searchBy(db, request, (deadline, work) =>
    withinDeadline(db, request.tenantId, deadline, work, SEARCH_TRANSACTION),
  );
}

/**
 * The same within a transaction that is under way. What the search throws has broken it, and `timeoutMs` limits the statements
 * that follow as well.
 *
 * @param request.queryVector made without the database: on the embedded one a second connection would wait for ever
 * @param db for the answers that are kept
 */
export function searchMemoryIn(tx: Tx, db: Database, request: SearchRequest): Promise<SearchResult> {
  return searchBy(db, request, (_deadline, work) => work(tx));
}

/** How a search comes to a transaction. */
type Within = <T>(deadline: Deadline, work: (tx: Tx) => Promise<T>) => Promise<T>;

async function searchBy(db: Database, request: SearchRequest, within: Within): Promise<SearchResult> {
  validate(request);
  const strategy = resolveStrategy(request.strategy, request.weights);
  const startedAt = performance.now();
  const deadline = startDeadline(request.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const { answer, isCached } = await cachedOrFound(db, request, { strategy, deadline, within });
  return {
    ...answer,
    isCached,
    strategyUsed: request.strategy,
    durationMs: Math.round(performance.now() - startedAt),
  };
}

interface Run {
  strategy: Strategy;
  deadline: Deadline;
  within: Within;
}

/** The statements of a search are large, their best plans do not depend on what is searched, and they only read. */
export const SEARCH_TRANSACTION = { genericPlans: true, isReadOnly: true };

/** The last answer to the same question, if nothing was written about the contact since. */
async function cachedOrFound(
  db: Database,
  request: SearchRequest,
  run: Run,
): Promise<{ answer: Answer; isCached: boolean }> {
  const { strategy, deadline, within } = run;
  const isCacheable = Boolean(request.contactId) && strategy.cacheSeconds > 0;
  if (!isCacheable) return { answer: (await findNow(request, run)).answer, isCached: false };

  const cache = answerCacheOf(db);
  const key = answerKey(request);
  const known = cache.find(key);
  if (known) {
    // Also that the contact still exists.
    const { version } = await within(deadline, (tx) => loadContext(tx, scopeOf(request)));
    if (version === known.version) return { answer: known.answer, isCached: true };
  }
  const { answer, version, factsHoldForSeconds } = await findNow(request, run);
  // What was missing may be back for the next request.
  if (answer.degraded.length === 0) {
    cache.keep(key, { answer, version, seconds: Math.min(strategy.cacheSeconds, factsHoldForSeconds) });
  }
  return { answer, isCached: false };
}

async function findNow(request: SearchRequest, { strategy, deadline, within }: Run): Promise<Found> {
  const vector = await vectorOf(request, strategy);
  const { rerank } = request;
  const isReranked = rerank !== undefined && (request.isReranked ?? strategy.rerank);
  const most = isReranked ? rerankCandidates(request.topK) : request.topK;
  const found = await within(deadline, (tx) => find(tx, request, { strategy, vector, deadline, most }));
  if (!isReranked) return found;
  return { ...found, answer: await rerankAnswer(found.answer, request, { rerank, deadline }) };
}

interface Found {
  answer: Answer;
  /** Of what is stored about the contact, before it was read. */
  version: string;
  /** Until the first of the facts among the results expires. */
  factsHoldForSeconds: number;
}

function validate({ topK, query, minRelevance = 0, since, until }: SearchRequest): void {
  const fields = [];
  if (!(minRelevance >= 0 && minRelevance <= 1)) {
    fields.push({ field: 'min_relevance', message: 'must be a number from 0 to 1' });
  }
  if (!Number.isInteger(topK) || topK < 1 || topK > MAX_TOP_K) {
    fields.push({ field: 'top_k', message: `must be a whole number from 1 to ${MAX_TOP_K}` });
  }
  if (query.trim() === '' || query.length > MAX_QUERY_CHARACTERS) {
    fields.push({ field: 'query', message: `must have 1 to ${MAX_QUERY_CHARACTERS} characters` });
  }
  if (since && until && since >= until) fields.push({ field: 'until', message: 'must be later than since' });
  if (fields.length > 0) {
    const sentence = fields.map(({ field, message }) => `${field} ${message}`).join('; ');
    throw new AppError('VALIDATION_ERROR', sentence, { fields });
  }
}

async function vectorOf({ queryVector }: SearchRequest, { weights }: Strategy): Promise<QueryVector> {
  if (typeof queryVector === 'function' && weights.vector === 0) {
    return { vector: null, reason: 'the strategy does not use it' };
  }
  const answer = typeof queryVector === 'function' ? await queryVector() : queryVector;
  if (answer.vector) assertVector(answer.vector, answer.model);
  return answer;
}

async function find(
  tx: Tx,
  request: SearchRequest,
  { strategy, vector, deadline, most }: Omit<Run, 'within'> & { vector: QueryVector; most: number },
): Promise<Found> {
  const { query, topK } = request;
  const scope = scopeOf(request);
  const started = startVectorLeg(tx, scope, { vector, weights: strategy.weights, topK });
  const context = await loadContext(tx, scope).catch(async (error: unknown) => {
    // After a failed statement the others of a transaction say no more than that.
    await started;
    throw error;
  });
  const now = request.now ?? new Date();
  const { asked, nameWords } = readPeople(query, context);
  const time = readTime(query, context.timezone, now);
  const terms = queryTerms(query, new Set([...nameWords, ...(time?.words ?? [])]));
  // Over a whole project every second row holds a number: there a hint costs more than it tells.
  const hints = isWide(scope) ? [] : answerHints(query);
  const { fused, relevanceOf, isEmptyScope, degraded, degradedReasons } = await rankDocuments(
    tx,
    scope,
    { text: query, terms, hints, vector, asked, time, now },
    { weights: strategy.weights, fusion: request.fusion ?? 'scores', topK, deadline, started },
  );
  const relevant = relevantOf(fused, relevanceOf, request.minRelevance);
  const { hits: results, firstExpiry } = await loadHits(
    tx,
    scope.tenantId,
    relevant.slice(0, most).map((hit) => ({ ...hit, relevance: relevanceOf(hit) })),
  );
  return {
    version: context.version,
    factsHoldForSeconds: firstExpiry === null ? Infinity : Math.max(0, (firstExpiry.getTime() - Date.now()) / 1000),
    answer: {
      results,
      emptyReason: emptyReasonOf(results.length, isEmptyScope),
      degraded,
      degradedReasons,
      totalResults: relevant.length,
    },
  };
}

/**
 * Given a minimum, the hits that reach it. By default all of them if one reaches the default minimum, else none: what stands
 * in ninth place is rarely the answer, but the answer is often in ninth place.
 */
function relevantOf(
  hits: readonly FusedHit[],
  relevanceOf: Ranking['relevanceOf'],
  minRelevance: number | undefined,
): readonly FusedHit[] {
  const reaches = (least: number) => (hit: FusedHit) => (relevanceOf(hit) ?? 1) >= least;
  if (minRelevance !== undefined) return hits.filter(reaches(minRelevance));
  // The first ones tell, mostly: the others need not be judged.
  return hits.some(reaches(DEFAULT_MIN_RELEVANCE)) ? hits : [];
}

function emptyReasonOf(results: number, isEmptyScope: boolean | null): EmptyReason | null {
  if (results > 0 || isEmptyScope === null) return null;
  return isEmptyScope ? 'nothing_stored' : 'nothing_relevant';
}

function scopeOf(request: SearchRequest): SearchScope {
  return {
    tenantId: request.tenantId,
    contactId: request.contactId ?? null,
    sessionId: request.sessionId ?? null,
    sources: request.sources ?? MEMORY_SOURCES,
    excludeMessageIds: request.excludeMessageIds ?? [],
    types: request.types ?? null,
    since: request.since ?? null,
    until: request.until ?? null,
    metadata: request.metadata ?? null,
  };
}

interface ContextRow {
  exists: boolean;
  version: string;
  contactName: string | null;
  speakers: string[];
  timezone: string;
}

async function loadContext(tx: Tx, { tenantId, contactId, sessionId }: SearchScope): Promise<ContextRow> {
  const [row] = await tx.$queryRawUnsafe<ContextRow[]>(
    sqlFile('core/memory/search/sql/search_context.sql'),
    tenantId,
    contactId,
    sessionId,
  );
  if (!row?.exists) throw new AppError('NOT_FOUND', 'There is no contact or session with this id');
  return row;
}
