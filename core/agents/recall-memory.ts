import { sqlFile, type Database, type Tx } from '../database';
import { embedHere, embedQuery } from '../memory/embed-query';
import { searchMemory, searchMemoryIn, type QueryVector, type SearchRequest, type SearchResult } from '../memory';
import { factsOfKnownContact } from '../memory/facts/store';
import type { FactType, StoredFact } from '../memory/facts/types';
import { oldestMemoryAt } from '../memory/oldest-memory';
import type { AgentDeps } from './deps';
import { MEMORY_DEGRADED } from './policy/context';
import { lookBackDays } from './team/scope';
import type { AgentProfile, MemoryScope } from './team/types';
import { loadTurn, requirePrepared } from './turn';
import { loadTurnMessages } from './turn-context';
import type { TurnRef } from './types';

const FACTS_IN_CONTEXT = 20;
const DAY_MS = 24 * 3600_000;
const SEARCH_TIMEOUT_MS = 5_000;
/** Within the step that prepares the turn: a search that takes longer is worth one of its own, which is tried again. */
const SEARCH_WITHIN_MS = 2_000;

/** What the model is shown of memory, as stored on the decision record. */
export interface RecalledContext {
  memories: { content: string; score: number; source: string; sourceId: string; legs: unknown }[];
  facts: { id: string; type: string; text: string; confidence: number; isClaimed?: boolean }[];
  /** Legs that did not answer; `memory`: none did. */
  degraded: string[];
  /** Why none did. */
  errorCode?: string;
  /** How far back was looked: the days of the agent's scope, or null when they held nothing and all was searched. */
  daysBack?: number | null;
}

/** What is looked for, and for whom. */
export interface Recall {
  head: { contactId: string; conversationId: string };
  query: string;
  /** The messages that the turn answers. */
  ownIds: string[];
  profile: AgentProfile;
}

/** What single reads tell of a contact's memory. */
export interface Known {
  facts: StoredFact[];
  /** When the first of what is stored about the contact happened; null while there is nothing. */
  oldestAt: Date | null;
}

type Attempt = { activityKey: string; signal: AbortSignal };

/** Whether memory has answered, be it that it holds nothing. */
export function isRecalled(context: unknown): boolean {
  return ((context ?? {}) as Partial<RecalledContext>).daysBack !== undefined;
}

/** Searches memory for what the customer says now, and keeps what was found on the decision record. */
export async function recallMemory(
  deps: AgentDeps,
  turn: TurnRef,
  attempt: Attempt,
): Promise<{ hits: number; degraded: string[] }> {
  const { tenantId, turnId } = turn;
  const read = async (tx: Tx) => {
    const [loaded, messages] = await Promise.all([loadTurn(tx, turn), loadTurnMessages(tx, turn)]);
    const { head, record, agent } = requirePrepared(loaded);
    const known = await knownOf(tx, tenantId, head.contactId);
    const { profile } = agent;
    return { recall: { head, query: record.memoryQuery ?? '', ownIds: messages.map(({ id }) => id), profile }, known };
  };
  const { recall, known } = await deps.db.withTenant(tenantId, read, { isReadOnly: true });
  const { contactId, conversationId } = recall.head;
  const subject = { contactId, conversationId, groupId: turnId };
  const context = await recalledContext(tenantId, recall, known, {
    embed: () => embedQuery(deps, { tenantId, text: recall.query, subject, ...attempt }, attempt.signal),
    search: (request) => searchMemory(deps.db, { ...request, timeoutMs: SEARCH_TIMEOUT_MS }),
  });
  const text = sqlFile('core/agents/sql/keep-context.sql');
  await deps.db.atOnce(tenantId, { text, values: [tenantId, turnId, JSON.stringify(context)] });
  return { hits: context.memories.length, degraded: context.degraded };
}

/** The same within a transaction that is under way, for a tenant whose questions are embedded in this process. */
export function recallWithin(
  tx: Tx,
  deps: AgentDeps,
  { tenantId, recall, known, signal }: { tenantId: string; recall: Recall; known: Known; signal: AbortSignal },
): Promise<RecalledContext> {
  return recalledContext(tenantId, recall, known, {
    embed: () => embedHere(deps, recall.query, signal),
    search: (request) => searchMemoryIn(tx, deps.db, { ...request, timeoutMs: SEARCH_WITHIN_MS }),
  });
}

export async function knownOf(tx: Tx, tenantId: string, contactId: string): Promise<Known> {
  const [facts, oldestAt] = await Promise.all([
    factsOfKnownContact(tx, tenantId, { contactId, limit: FACTS_IN_CONTEXT }),
    oldestMemoryAt(tx, tenantId, contactId),
  ]);
  return { facts, oldestAt };
}

/** How to search: in transactions of its own, or within one. */
interface Searching {
  embed: () => Promise<QueryVector>;
  search: (request: SearchRequest) => Promise<SearchResult>;
}

async function recalledContext(
  tenantId: string,
  recall: Recall,
  { facts, oldestAt }: Known,
  searching: Searching,
): Promise<RecalledContext> {
  const { memoryScope: scope } = recall.profile;
  const found = recall.query.trim()
    ? await search(tenantId, recall, oldestAt, searching)
    : { results: [], degraded: [], daysBack: scope.daysBack };
  return {
    memories: found.results.map(({ content, score, source, sourceId, legs }) => ({
      content,
      score,
      source,
      sourceId,
      legs,
    })),
    facts: ofScopeFirst(facts, scope).map(({ id, type, text, confidence, isClaimed }) => ({
      id,
      type,
      text,
      confidence,
      isClaimed,
    })),
    degraded: found.degraded,
    daysBack: found.daysBack,
  };
}

/** Searches within the agent's scope, and everything when that holds nothing: an old answer is better than none. */
async function search(tenantId: string, of: Recall, oldestAt: Date | null, { embed, search: find }: Searching) {
  const { memoryScope: scope, memoryStrategy: strategy } = of.profile;
  let vector: Promise<QueryVector> | undefined;
  // Once for both searches, and not at all when an earlier answer serves or the strategy needs none.
  const queryVector = () => (vector ??= embed());
  const within = (since: Date | undefined) =>
    find({
      tenantId,
      contactId: of.head.contactId,
      query: of.query,
      queryVector,
      topK: scope.topK,
      strategy,
      ...(since ? { since } : {}),
      excludeMessageIds: of.ownIds,
    });
  const daysBack = lookBackDays(of.query, scope);
  const since = new Date((Math.floor(Date.now() / DAY_MS) - daysBack) * DAY_MS);
  const near = await within(since);
  if (near.results.length > 0) return { ...near, daysBack };
  const isAll = oldestAt === null || oldestAt >= since;
  return { ...(isAll ? near : await within(undefined)), daysBack: null };
}

/**
 * Names on the record that memory did not answer, so that neither the agent nor whoever reads it takes that for a customer of
 * whom nothing is known. A recall that had come through after all stays.
 */
export function recordRecallFailure(
  db: Database,
  { tenantId, turnId, code }: TurnRef & { code: string },
): Promise<void> {
  return db.withTenant(tenantId, async (tx) => {
    const where = { tenantId, groupId: turnId };
    const record = await tx.decisionRecord.findFirst({ where, select: { context: true } });
    if (isRecalled(record?.context)) return;
    const context = { memories: [], facts: [], degraded: [MEMORY_DEGRADED], errorCode: code };
    await tx.decisionRecord.updateMany({ where, data: { context } });
  });
}

/** Facts of the types that this agent's work is about come first; the others are facts all the same. */
function ofScopeFirst<F extends { type: FactType }>(facts: F[], { factTypes }: MemoryScope): F[] {
  const isOfScope = ({ type }: F) => factTypes.includes(type);
  return [...facts.filter(isOfScope), ...facts.filter((fact) => !isOfScope(fact))];
}
