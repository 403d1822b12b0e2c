import { newId } from '../ids';
import { getContactFacts } from '../memory/facts/store';
import { embedQuery } from '../memory/embed-query';
import { searchMemory } from '../memory';
import type { AgentDeps } from './deps';
import { decisionColumns, firstReading, furtherRouters, intentText, previousIntent } from './intents/route-intent';
import { GENERAL_PROMPT_VERSION } from './prompts';
import { messageText } from './transcript';
import { loadTurnHead, loadTurnMessages } from './turn-context';
import { GENERAL_AGENT_TOOLS, type TurnPlan, type TurnRef } from './types';

/** Longer messages say what they are about at their beginning. */
const QUERY_LIMIT = 1_000;
const MEMORY_HITS = 6;
const FACTS_IN_CONTEXT = 20;
const SEARCH_TIMEOUT_MS = 5_000;

/** What the model is shown of memory, as stored on the decision record. */
export interface RecalledContext {
  memories: { content: string; score: number; source: string; sourceId: string; legs: unknown }[];
  facts: { id: string; type: string; text: string; confidence: number }[];
  degraded: string[];
}

/** Opens the decision record: intent, agent, tools on offer. @returns how to ask the model. */
export async function prepareTurn(
  deps: AgentDeps,
  turn: TurnRef,
  run: { workflowId: string; runId: string },
): Promise<TurnPlan> {
  const { tenantId, turnId } = turn;
  const routers = deps.config.INTENT_ROUTERS;
  const decision = await deps.db.withTenant(tenantId, async (tx) => {
    const head = await loadTurnHead(tx, turn);
    const messages = await loadTurnMessages(tx, turn);
    const query = messages
      .filter(({ fromMe }) => !fromMe)
      .map(messageText)
      .join('\n')
      .slice(0, QUERY_LIMIT);
    const reading = firstReading(intentText(messages), await previousIntent(tx, turn, head), routers);
    await tx.decisionRecord.createMany({
      data: [
        {
          id: newId(),
          tenantId,
          groupId: turnId,
          conversationId: head.conversationId,
          agent: 'general',
          ...decisionColumns(reading),
          memoryQuery: query,
          toolsOffered: [...GENERAL_AGENT_TOOLS],
          promptVersion: GENERAL_PROMPT_VERSION,
          ...run,
        },
      ],
      skipDuplicates: true,
    });
    await tx.messageGroup.updateMany({
      where: { tenantId, id: turnId, status: 'pending' },
      data: { status: 'processing' },
    });
    return reading;
  });
  return {
    providers: deps.providers.chains.language,
    retryAfterMs: deps.config.LANGUAGE_RETRY_MS,
    intentRouters: furtherRouters(decision, routers),
  };
}

/** Searches memory for what the customer says now, and keeps what was found on the decision record. */
export async function recallMemory(
  deps: AgentDeps,
  turn: TurnRef,
  attempt: { activityKey: string; signal: AbortSignal },
): Promise<{ hits: number; degraded: string[] }> {
  const { tenantId, turnId } = turn;
  const { head, query, ownIds } = await deps.db.withTenant(tenantId, async (tx) => {
    const record = await tx.decisionRecord.findUnique({ where: { tenantId_groupId: { tenantId, groupId: turnId } } });
    const messages = await loadTurnMessages(tx, turn);
    return {
      head: await loadTurnHead(tx, turn),
      query: record?.memoryQuery ?? '',
      ownIds: messages.map(({ id }) => id),
    };
  });
  const facts = await deps.db.withTenant(tenantId, (tx) =>
    getContactFacts(tx, tenantId, { contactId: head.contactId, limit: FACTS_IN_CONTEXT }),
  );
  const found = query.trim()
    ? await search(deps, turn, { head, query, ownIds }, attempt)
    : { results: [], degraded: [] };
  const context: RecalledContext = {
    memories: found.results.map(({ content, score, source, sourceId, legs }) => ({
      content,
      score,
      source,
      sourceId,
      legs,
    })),
    facts: facts.map(({ id, type, text, confidence }) => ({ id, type, text, confidence })),
    degraded: found.degraded,
  };
  await deps.db.withTenant(tenantId, (tx) =>
    tx.decisionRecord.update({
      where: { tenantId_groupId: { tenantId, groupId: turnId } },
      data: { context: JSON.parse(JSON.stringify(context)) },
    }),
  );
  return { hits: context.memories.length, degraded: context.degraded };
}

async function search(
  deps: AgentDeps,
  { tenantId, turnId }: TurnRef,
  of: { head: { contactId: string; conversationId: string }; query: string; ownIds: string[] },
  attempt: { activityKey: string; signal: AbortSignal },
) {
  const { contactId, conversationId } = of.head;
  const subject = { contactId, conversationId, groupId: turnId };
  const queryVector = await embedQuery(deps, { tenantId, text: of.query, subject, ...attempt }, attempt.signal);
  return searchMemory(deps.db, {
    tenantId,
    contactId,
    query: of.query,
    queryVector,
    topK: MEMORY_HITS,
    strategy: 'hybrid',
    excludeMessageIds: of.ownIds,
    timeoutMs: SEARCH_TIMEOUT_MS,
  });
}
