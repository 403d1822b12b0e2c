import type { AgentDeps } from '../deps';
import { loadTurnHead, loadTurnMessages, turnBefore } from '../turn-context';
import type { TranscriptMessage } from '../transcript';
import { planOf } from '../plan';
import { assignAgent } from '../team/assign';
import { loadTeam } from '../team/load';
import type { TurnPlan, TurnRef } from '../types';
import { bothEnds } from './both-ends';
import { decideIntent, decisionOfVotes, isUnsure, voteOf, type PreviousIntent } from './decide';
import { createEmbeddingRouter } from './embedding-router';
import { localClassifier } from './local-classifier';
import { createModelRouter } from './model-router';
import {
  INTENTS,
  type Intent,
  type IntentDecision,
  type IntentRouter,
  type IntentScores,
  type IntentVote,
  type RouterName,
} from './types';

/** Longer documents say what they are about at their beginning. */
const MEDIUM_LIMIT = 400;

const NOTHING_KNOWN = Object.fromEntries(INTENTS.map((intent) => [intent, 0])) as IntentScores;

/** What the customer says now, without the labels of the transcript: words, and what was read from media. Both ends of a long text. */
export function intentText(messages: TranscriptMessage[]): string {
  const text = messages
    .filter(({ fromMe }) => !fromMe)
    .flatMap(({ text, enrichmentStatus, extractedText }) => [
      text?.trim() ?? '',
      enrichmentStatus === 'completed' ? (extractedText ?? '').trim().slice(0, MEDIUM_LIMIT) : '',
    ])
    .filter(Boolean)
    .join('\n');
  return bothEnds(text);
}

/**
 * The first reading, for free. Without the local router in the configuration nothing is known yet.
 *
 * @param text see `intentText`
 */
export async function firstReading(
  text: string,
  previous: PreviousIntent | null,
  routers: RouterName[],
): Promise<IntentDecision> {
  const scores = routers.includes('local') ? await localClassifier().classify(text) : NOTHING_KNOWN;
  return decideIntent(text, scores, { router: 'local', previous });
}

/** Routers to ask after the first reading, in order; none when it is sure. */
export function furtherRouters(decision: IntentDecision, routers: RouterName[]): RouterName[] {
  return isUnsure(decision) ? routers.filter((name) => name !== 'local') : [];
}

export interface IntentRefiner {
  /**
   * Asks one more router about a turn whose intent is not sure, and keeps what it says if it is surer.
   *
   * @returns the turn's plan when the intent is sure now, with the agent that it calls for; else null
   * @throws AppError of the router's provider, PRICE_UNKNOWN
   */
  refine(request: RouterRequest, attempt: RouterAttempt): Promise<TurnPlan | null>;
  /**
   * What one more router holds for the intent; null when there is nothing to read.
   *
   * @throws AppError of the router's provider, PRICE_UNKNOWN
   */
  vote(request: RouterRequest, attempt: RouterAttempt): Promise<IntentVote | null>;
  /** Keeps what the routers agreed on. @returns the turn's plan, with the agent that it calls for. */
  settle(request: TurnRef & { votes: IntentVote[]; intent: Intent }): Promise<TurnPlan>;
}

type RouterRequest = TurnRef & { router: RouterName };
type RouterAttempt = { activityKey: string; signal: AbortSignal };

export function createIntentRefiner(deps: AgentDeps): IntentRefiner {
  const routers = new Map<RouterName, IntentRouter>(
    [createEmbeddingRouter(deps), createModelRouter(deps)].map((router) => [router.name, router]),
  );
  /** Null when there is nothing to read. */
  async function read({ router: name, ...turn }: RouterRequest, attempt: RouterAttempt) {
    const router = routers.get(name);
    if (!router) return null;
    const { tenantId, turnId } = turn;
    const { head, text, previous } = await deps.db.withTenant(tenantId, async (tx) => {
      const [loaded, messages, before] = await Promise.all([
        loadTurnHead(tx, turn),
        loadTurnMessages(tx, turn),
        turnBefore(tx, turn),
      ]);
      return { head: loaded, text: intentText(messages), previous: before };
    });
    if (!text) return null;
    const { contactId, conversationId } = head;
    const scores = await router.route(text, {
      tenantId,
      turnId,
      contactId,
      conversationId,
      previous: previous?.intent ?? null,
      ...attempt,
    });
    return decideIntent(text, scores, { router: name, previous });
  }

  function keep({ tenantId, turnId }: TurnRef, decision: IntentDecision): Promise<TurnPlan> {
    const turn = { tenantId, turnId };
    return deps.db.withTenant(tenantId, async (tx) => {
      const [head, messages, before, team] = await Promise.all([
        loadTurnHead(tx, turn),
        loadTurnMessages(tx, turn),
        turnBefore(tx, turn),
        loadTeam(tx, tenantId),
      ]);
      const text = intentText(messages);
      const { agent, assignment } = await assignAgent(tx, turn, head, { decision, text, before, team });
      await tx.decisionRecord.update({
        where: { tenantId_groupId: { tenantId, groupId: turnId } },
        data: { ...decisionColumns(decision), ...assignment },
      });
      return planOf(deps, agent, assignment.rules);
    });
  }

  return {
    async refine(request, attempt) {
      const decision = await read(request, attempt);
      return decision && !isUnsure(decision) ? keep(request, decision) : null;
    },
    async vote(request, attempt) {
      const decision = await read(request, attempt);
      return decision && voteOf(decision);
    },
    settle: ({ votes, intent, ...turn }) => keep(turn, decisionOfVotes(votes, intent)),
  };
}

/** A decision as the columns of its record. */
export function decisionColumns({ intent, confidence, scores, router, inherited }: IntentDecision) {
  return {
    intent,
    intentConfidence: confidence,
    intentScores: scores,
    intentRouter: router,
    intentInherited: inherited,
  };
}
