import { settleOffer } from '../crm/retention';
import { sqlFile, type Statement, type Tx } from '../database';
import { newId } from '../ids';
import { cutText } from '../text';
import { embedsHere } from '../memory/active-model';
import type { AgentDeps } from './deps';
import { voteOf } from './intents/decide';
import type { IntentDecision, RouterName } from './intents/types';
import { decisionColumns, firstReading, furtherRouters, intentText } from './intents/route-intent';
import { planOf } from './plan';
import { isRecalled, knownOf, recallWithin } from './recall-memory';
import { assignAgent } from './team/assign';
import { loadTeam } from './team/load';
import { messageText, type TranscriptMessage } from './transcript';
import { loadTurn, requirePrepared } from './turn';
import { loadTurnMessages, turnBefore } from './turn-context';
import type { TurnPlan, TurnRef } from './types';

/** Longer messages say what they are about at their beginning. */
const QUERY_LIMIT = 1_000;

/** The attempt that prepares the turn. */
interface PreparingRun {
  workflowId: string;
  runId: string;
  /** Given, memory is searched as well where that calls no provider. */
  recalls?: { signal: AbortSignal };
}

/**
 * Opens the decision record: intent, agent, tools on offer, and what memory holds. A second attempt finds what the first one
 * decided. Memory that does not answer is left to a step of its own: nothing of a turn waits for it here.
 *
 * @returns how to ask the model.
 */
export async function prepareTurn(deps: AgentDeps, turn: TurnRef, run: PreparingRun): Promise<TurnPlan> {
  try {
    return await prepare(deps, turn, run);
  } catch (error) {
    if (!(error instanceof RecallFailed)) throw error;
    const { workflowId, runId } = run;
    return prepare(deps, turn, { workflowId, runId });
  }
}

/** The transaction that memory was searched in is broken with it. */
class RecallFailed extends Error {}

async function prepare(deps: AgentDeps, turn: TurnRef, { recalls, ...run }: PreparingRun): Promise<TurnPlan> {
  const { tenantId, turnId } = turn;
  const routers = deps.config.INTENT_ROUTERS;
  const work = async (tx: Tx): Promise<{ plan: TurnPlan; opens: Statement | null }> => {
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
      const recalled = isRecalled(record.context) ? { isRecalled: true } : {};
      return { plan: { ...planOf(deps, chosen, rules), recallsAtOnce, ...asked, ...recalled }, opens: null };
    }
    const { head } = opened;
    // Before the agent is chosen, so that the answer counts among its signals; and only here, however often it is chosen.
    await settleOffer(tx, tenantId, { contactId: head.contactId, text });
    // Another reading may call for another agent, who looks at another part of memory.
    const mayRecall = recalls && recallsAtOnce && asked.intentRouters.length === 0;
    const [{ agent, assignment }, known] = await Promise.all([
      assignAgent(tx, turn, head, { decision: reading, text, before, team }),
      mayRecall ? ofMemory(knownOf(tx, tenantId, head.contactId)) : null,
    ]);
    const plan = { ...planOf(deps, agent, assignment.rules), recallsAtOnce, ...asked };
    const query = memoryQuery(messages);
    const recall = { head, query, ownIds: messages.map(({ id }) => id), profile: agent.profile };
    const context =
      mayRecall && known && !plan.handOver
        ? await ofMemory(recallWithin(tx, deps, { tenantId, recall, known, signal: recalls.signal }))
        : null;
    const columns = { ...assignment, ...decisionColumns(reading), memoryQuery: query, context: context ?? {}, ...run };
    return {
      plan: context ? { ...plan, isRecalled: true } : plan,
      opens: {
        text: sqlFile('core/agents/sql/open-decision.sql'),
        values: [tenantId, turnId, newId(), head.conversationId, JSON.stringify(columns)],
      },
    };
  };
  const [{ plan }] = await deps.db.endWith(tenantId, work, ({ opens }) => opens, {
    genericPlans: recalls !== undefined,
  });
  return plan;
}

async function ofMemory<T>(read: Promise<T>): Promise<T> {
  try {
    return await read;
  } catch (error) {
    throw new RecallFailed('memory did not answer', { cause: error });
  }
}

/** Whom to ask because the first reading is not sure, and how. */
function furtherIntent(
  deps: AgentDeps,
  reading: IntentDecision,
): { intentRouters: RouterName[] } & Pick<TurnPlan, 'intentVote'> {
  const intentRouters = furtherRouters(reading, deps.config.INTENT_ROUTERS);
  const votes = deps.config.INTENT_ROUTING === 'consensus' && intentRouters.length > 0;
  return { intentRouters, ...(votes ? { intentVote: voteOf(reading) } : {}) };
}

function memoryQuery(messages: TranscriptMessage[]): string {
  const texts = messages.filter(({ fromMe }) => !fromMe).map((message) => messageText(message));
  return cutText(texts.join('\n'), QUERY_LIMIT);
}
