import type { IntentDecision } from '../intents/types';
import { LANGUAGES, type Language, type TeamAgent } from './types';

/** Domain reference, section 5: how much each thing counts when agents are compared. */
const WEIGHTS = { intent: 0.4, priority: 0.2, servedBefore: 0.2, load: 0.2 } as const;
/** Whoever has so many sessions has no room for another. An AI agent never has. */
export const MAX_SESSIONS = 10;

/** The agent that answers when no other is meant. */
const GENERAL = 'balanced';

export interface Route {
  agent: TeamAgent;
  /** `kept`: the thread's agent goes on; `intent`: the best for this intent; `no_specialist`: the general one. */
  reason: 'kept' | 'intent' | 'no_specialist';
}

/**
 * Who answers this turn. The agent of the thread goes on while the intent stays, so that the customer talks to one. Else
 * the best of those that serve the intent, and the general agent when nobody does (or nobody was sure: below .7 the
 * intent is general). Who speaks the customer's language goes before who does not.
 *
 * @param language the customer's; null where it makes no difference, see `dependsOnLanguage`
 * @param before the agent that answered the session's last turn, and the intent that had
 */
export function routeTurn(
  team: ReadonlyMap<string, TeamAgent>,
  { intent }: Pick<IntentDecision, 'intent'>,
  before: { intent: string; agentId: string | null } | null,
  language: Language | null = null,
): Route | null {
  const able = [...team.values()].filter(
    ({ profile }) => profile.audience === 'customer' && profile.intents.includes(intent),
  );
  const speaking = able.filter(({ profile }) => language === null || profile.languages.includes(language));
  const serving = speaking.length > 0 ? speaking : able;
  const kept = before?.intent === intent ? serving.find(({ agentId }) => agentId === before.agentId) : undefined;
  if (kept) return { agent: kept, reason: 'kept' };
  const [best] = serving.toSorted((a, b) => scoreOf(b) - scoreOf(a) || (a.key < b.key ? -1 : 1));
  if (best) return { agent: best, reason: 'intent' };
  const general = team.get(GENERAL);
  return general ? { agent: general, reason: 'no_specialist' } : null;

  function scoreOf(agent: TeamAgent): number {
    return choiceScore({
      servesIntent: true,
      priority: agent.profile.priority,
      hasServedBefore: agent.agentId === before?.agentId,
      sessions: 0,
    });
  }
}

/** Whether an agent of the team does not speak every language, so that the customer's must be known. */
export function dependsOnLanguage(team: ReadonlyMap<string, TeamAgent>): boolean {
  return [...team.values()].some(({ profile }) => LANGUAGES.some((language) => !profile.languages.includes(language)));
}

/** 0 to 1: how well somebody fits a conversation, be it a person or an AI agent. */
export function choiceScore(of: {
  servesIntent: boolean;
  /** 0 to 100 */
  priority: number;
  hasServedBefore: boolean;
  sessions: number;
}): number {
  return (
    (of.servesIntent ? WEIGHTS.intent : 0) +
    (WEIGHTS.priority * of.priority) / 100 +
    (of.hasServedBefore ? WEIGHTS.servedBefore : 0) +
    WEIGHTS.load * Math.max(0, 1 - of.sessions / MAX_SESSIONS)
  );
}
