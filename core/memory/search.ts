import { sqlFile, type Database, type Tx } from '../database';
import { AppError } from '../errors';
import { fuse, legsOf, type FusedHit, type LegAnswer } from './fusion';
import { keywordLeg } from './legs/keyword';
import { vectorLeg } from './legs/vector';
import { startDeadline, withinDeadline, type Deadline } from './deadline';
import type { SearchScope } from './scope';
import {
  MEMORY_SOURCES,
  type DocumentKind,
  type Leg,
  type MemoryHit,
  type SearchRequest,
  type SearchResult,
} from './types';
import { assertVector, similarityFloor } from './vector';

const MAX_TOP_K = 100;
const MAX_QUERY_CHARACTERS = 4_096;
/** Twice the cut, as the domain asks, and enough for two legs to meet when the cut is small. */
const LEAST_CANDIDATES = 50;
const DEFAULT_TIMEOUT_MS = 10_000;

/**
 * What the tenant's memory holds about the query, best first. Never writes.
 *
 * An empty list with nothing in `degraded` means nothing relevant; a leg that could not run is named there, and the
 * other legs still answer. Expired and invalidated facts, deleted messages and other tenants' rows are never returned.
 *
 * @throws AppError VALIDATION_ERROR (topK outside 1..100, empty or too long query), EMBEDDING_DIMENSION_MISMATCH,
 * NOT_FOUND (contact or session is not the tenant's), TIMEOUT (`timeoutMs` passed)
 */
export async function searchMemory(db: Database, request: SearchRequest): Promise<SearchResult> {
  validate(request);
  const startedAt = performance.now();
  const deadline = startDeadline(request.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const scope: SearchScope = {
    tenantId: request.tenantId,
    contactId: request.contactId ?? null,
    sessionId: request.sessionId ?? null,
    sources: request.sources ?? MEMORY_SOURCES,
    excludeMessageIds: request.excludeMessageIds ?? [],
  };

  const found = await withinDeadline(db, request.tenantId, deadline, async (tx) => {
    const { answers, degraded, degradedReasons } = await runLegs(tx, scope, request, deadline);
    const fused = fuse(request.strategy, answers);
    if (fused.length === 0) await assertScopeExists(tx, scope);
    const results = fused.length === 0 ? [] : await loadHits(tx, scope.tenantId, fused.slice(0, request.topK));
    return { results, degraded, degradedReasons, totalResults: fused.length };
  });
  return {
    ...found,
    strategyUsed: request.strategy,
    durationMs: Math.round(performance.now() - startedAt),
  };
}

function validate({ topK, query, queryVector }: SearchRequest): void {
  const fields = [];
  if (!Number.isInteger(topK) || topK < 1 || topK > MAX_TOP_K) {
    fields.push({ field: 'top_k', message: `must be a whole number from 1 to ${MAX_TOP_K}` });
  }
  if (query.trim() === '' || query.length > MAX_QUERY_CHARACTERS) {
    fields.push({ field: 'query', message: `must have 1 to ${MAX_QUERY_CHARACTERS} characters` });
  }
  if (fields.length > 0) {
    const sentence = fields.map(({ field, message }) => `${field} ${message}`).join('; ');
    throw new AppError('VALIDATION_ERROR', sentence, { fields });
  }
  if (queryVector.vector) assertVector(queryVector.vector);
}

async function runLegs(
  tx: Tx,
  scope: SearchScope,
  request: SearchRequest,
  deadline: Deadline,
): Promise<{ answers: LegAnswer[]; degraded: Leg[]; degradedReasons: string[] }> {
  const limit = Math.max(LEAST_CANDIDATES, 2 * request.topK);
  const answers: LegAnswer[] = [];
  const degraded: Leg[] = [];
  const degradedReasons: string[] = [];
  for (const leg of legsOf(request.strategy)) {
    if (answers.length > 0) await deadline.limitNextStatement(tx);
    if (leg === 'keyword') {
      answers.push({ leg, hits: await keywordLeg(tx, scope, { text: request.query, limit }), zero: 0 });
    } else if (request.queryVector.vector) {
      const { vector, model } = request.queryVector;
      const floor = similarityFloor(model);
      answers.push({ leg, hits: await vectorLeg(tx, scope, { vector, model, floor, limit }), zero: floor });
    } else {
      degraded.push(leg);
      degradedReasons.push(request.queryVector.reason);
    }
  }
  return { answers, degraded, degradedReasons };
}

/** Only asked when nothing was found: an id of another tenant never finds anything. */
async function assertScopeExists(tx: Tx, { tenantId, contactId, sessionId }: SearchScope): Promise<void> {
  if (!contactId && !sessionId) return;
  const [row] = await tx.$queryRawUnsafe<{ exists: boolean }[]>(
    sqlFile('core/memory/sql/scope_exists.sql'),
    tenantId,
    contactId,
    sessionId,
  );
  if (!row?.exists) throw new AppError('NOT_FOUND', 'There is no contact or session with this id');
}

type DocumentRow = Omit<MemoryHit, 'score' | 'legs'> & { kind: DocumentKind; id: string };

async function loadHits(tx: Tx, tenantId: string, fused: FusedHit[]): Promise<MemoryHit[]> {
  const rows = await tx.$queryRawUnsafe<DocumentRow[]>(
    sqlFile('core/memory/sql/documents_by_id.sql'),
    tenantId,
    fused.map((hit) => hit.id),
  );
  const byKey = new Map(rows.map((row) => [`${row.kind}:${row.id}`, row]));
  const shown = new Set<string>();
  return fused.flatMap(({ kind, id, score, legs }) => {
    const row = byKey.get(`${kind}:${id}`);
    if (!row) return [];
    // An external document may repeat the message it belongs to.
    const { kind: _kind, id: _id, ...document } = row;
    const identity = `${row.source}:${row.sourceId}:${row.content}`;
    if (shown.has(identity)) return [];
    shown.add(identity);
    return [{ ...document, score, legs }];
  });
}
