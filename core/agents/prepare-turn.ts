import { settleOffer } from '../crm/retention';
import { sqlFile, type Database, type Statement, type Tx } from '../database';
import { newId } from '../ids';
import { cutText } from '../text';
import { factsOfKnownContact } from '../memory/facts/store';
import type { FactType } from '../memory/facts/types';
import { embedsHere } from '../memory/active-model';
import { embedQuery } from '../memory/embed-query';
import { searchMemory, type QueryVector } from '../memory';
import { oldestMemoryAt } from '../memory/oldest-memory';
import type { AgentDeps } from './deps';
import { voteOf } from './intents/decide';
import type { IntentDecision } from './intents/types';
import { decisionColumns, firstReading, furtherRouters, intentText } from './intents/route-intent';
import { planOf } from './plan';
import { MEMORY_DEGRADED } from './policy/context';
import { assignAgent } from './team/assign';
import { loadTeam } from './team/load';
import { lookBackDays } from './team/scope';
import type { AgentProfile, MemoryScope } from './team/types';
import { messageText, type TranscriptMessage } from './transcript';
import { loadTurn, requirePrepared } from './turn';
import { loadTurnMessages, turnBefore } from './turn-context';
import type { TurnPlan, TurnRef } from './types';

/** Longer messages say what they are about at their beginning. */
const QUERY_LIMIT = 1_000;
const FACTS_IN_CONTEXT = 20;
const DAY_MS = 24 * 3600_000;
const SEARCH_TIMEOUT_MS = 5_000;

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

/**
 * Opens the decision record: intent, agent, tools on offer. A second attempt finds what the first one decided.
 *
 * @returns how to ask the model.
 */
export async function prepareTurn(
  deps: AgentDeps,
  turn: TurnRef,
  run: { workflowId: string; runId: string },
): Promise<TurnPlan> {
  const { tenantId, turnId } = turn;
  const routers = deps.config.INTENT_ROUTERS;
  const prepare = async (tx: Tx): Promise<{ plan: TurnPlan; opens: Statement | null }> => {
    const [opened, messages, before, team, recallsAtOnce] = await Promise.all([
      loadTurn(tx, turn),
      loadTurnMessages(tx, turn),
      turnBefore(tx, turn),
      loadTeam(tx, tenantId),
      embedsHere(tx, tenantId, deps),
    ]);
    const text = intentText(messages);
    const reading = await firstReading(text, before, routers);
    const asked = furtherIntent(deps, reading);
    if (opened.record) {
      const { record, agent: chosen } = requirePrepared(opened);
      const rules = Array.isArray(record.rules) ? record.rules : [];
      return { plan: { ...planOf(deps, chosen, rules), recallsAtOnce, ...asked }, opens: null };
    }
    const { head } = opened;
    // Before the agent is chosen, so that the answer counts among its signals; and only here, however often it is chosen.
    await settleOffer(tx, tenantId, { contactId: head.contactId, text });
    const { agent, assignment } = await assignAgent(tx, turn, head, { decision: reading, text, before, team });
    const columns = { ...assignment, ...decisionColumns(reading), memoryQuery: memoryQuery(messages), ...run };
    return {
      plan: { ...planOf(deps, agent, assignment.rules), recallsAtOnce, ...asked },
      opens: {
        text: sqlFile('core/agents/sql/open-decision.sql'),
        values: [tenantId, turnId, newId(), head.conversationId, JSON.stringify(columns)],
      },
    };
  };
  const [{ plan }] = await deps.db.endWith(tenantId, prepare, ({ opens }) => opens);
  return plan;
}

/** Whom to ask because the first reading is not sure, and how. */
function furtherIntent(deps: AgentDeps, reading: IntentDecision): Pick<TurnPlan, 'intentRouters' | 'intentVote'> {
  const intentRouters = furtherRouters(reading, deps.config.INTENT_ROUTERS);
  const votes = deps.config.INTENT_ROUTING === 'consensus' && intentRouters.length > 0;
  return { intentRouters, ...(votes ? { intentVote: voteOf(reading) } : {}) };
}

function memoryQuery(messages: TranscriptMessage[]): string {
  const texts = messages.filter(({ fromMe }) => !fromMe).map((message) => messageText(message));
  return cutText(texts.join('\n'), QUERY_LIMIT);
}

/** Searches memory for what the customer says now, and keeps what was found on the decision record. */
export async function recallMemory(
  deps: AgentDeps,
  turn: TurnRef,
  attempt: { activityKey: string; signal: AbortSignal },
): Promise<{ hits: number; degraded: string[] }> {
  const { tenantId, turnId } = turn;
  const read = async (tx: Tx) => {
    const [loaded, messages] = await Promise.all([loadTurn(tx, turn), loadTurnMessages(tx, turn)]);
    const { head: of, record, agent } = requirePrepared(loaded);
    const { contactId } = of;
    const [known, oldest] = await Promise.all([
      factsOfKnownContact(tx, tenantId, { contactId, limit: FACTS_IN_CONTEXT }),
      oldestMemoryAt(tx, tenantId, contactId),
    ]);
    return {
      head: of,
      query: record.memoryQuery ?? '',
      ownIds: messages.map(({ id }) => id),
      profile: agent.profile,
      facts: known,
      oldestAt: oldest,
    };
  };
  const { head, query, ownIds, profile, facts, oldestAt } = await deps.db.withTenant(tenantId, read, {
    isReadOnly: true,
  });
  const found = query.trim()
    ? await search(deps, turn, { head, query, ownIds, profile, oldestAt }, attempt)
    : { results: [], degraded: [], daysBack: profile.memoryScope.daysBack };
  const context: RecalledContext = {
    memories: found.results.map(({ content, score, source, sourceId, legs }) => ({
      content,
      score,
      source,
      sourceId,
      legs,
    })),
    facts: ofScopeFirst(facts, profile.memoryScope).map(({ id, type, text, confidence, isClaimed }) => ({
      id,
      type,
      text,
      confidence,
      isClaimed,
    })),
    degraded: found.degraded,
    daysBack: found.daysBack,
  };
  const text = sqlFile('core/agents/sql/keep-context.sql');
  await deps.db.atOnce(tenantId, { text, values: [tenantId, turnId, JSON.stringify(context)] });
  return { hits: context.memories.length, degraded: context.degraded };
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
    const { daysBack } = (record?.context ?? {}) as Partial<RecalledContext>;
    if (daysBack !== undefined) return;
    const context = { memories: [], facts: [], degraded: [MEMORY_DEGRADED], errorCode: code };
    await tx.decisionRecord.updateMany({ where, data: { context } });
  });
}

/** Facts of the types that this agent's work is about come first; the others are facts all the same. */
function ofScopeFirst<F extends { type: FactType }>(facts: F[], { factTypes }: MemoryScope): F[] {
  const isOfScope = ({ type }: F) => factTypes.includes(type);
  return [...facts.filter(isOfScope), ...facts.filter((fact) => !isOfScope(fact))];
}

/** Searches within the agent's scope, and everything when that holds nothing: an old answer is better than none. */
async function search(
  deps: AgentDeps,
  { tenantId, turnId }: TurnRef,
  of: {
    head: { contactId: string; conversationId: string };
    query: string;
    ownIds: string[];
    profile: AgentProfile;
    /** When the first of what is stored about the contact happened. */
    oldestAt: Date | null;
  },
  attempt: { activityKey: string; signal: AbortSignal },
) {
  const { contactId, conversationId } = of.head;
  const { memoryScope: scope, memoryStrategy: strategy } = of.profile;
  const subject = { contactId, conversationId, groupId: turnId };
  let vector: Promise<QueryVector> | undefined;
  // Once for both searches, and not at all when an earlier answer serves or the strategy needs none.
  const queryVector = () =>
    (vector ??= embedQuery(deps, { tenantId, text: of.query, subject, ...attempt }, attempt.signal));
  const find = (since: Date | undefined) =>
    searchMemory(deps.db, {
      tenantId,
      contactId,
      query: of.query,
      queryVector,
      topK: scope.topK,
      strategy,
      ...(since ? { since } : {}),
      excludeMessageIds: of.ownIds,
      timeoutMs: SEARCH_TIMEOUT_MS,
    });
  const daysBack = lookBackDays(of.query, scope);
  const since = new Date((Math.floor(Date.now() / DAY_MS) - daysBack) * DAY_MS);
  const near = await find(since);
  if (near.results.length > 0) return { ...near, daysBack };
  const isAll = of.oldestAt === null || of.oldestAt >= since;
  return { ...(isAll ? near : await find(undefined)), daysBack: null };
}
