import type { AgentDeps } from './deps';
import { BOT_TO_BOT } from './policy/bot-to-bot';
import type { TeamAgent } from './team/types';
import type { TurnPlan } from './types';

/** How to ask the model for this agent, or that a person is asked for instead because a rule wants one. */
export function planOf(deps: AgentDeps, { profile }: TeamAgent, rules: readonly unknown[]): TurnPlan {
  const reason = rules.some(isBotRule) ? 'bot_to_bot' : 'escalated';
  return {
    providers: profile.modelChain.length > 0 ? [...profile.modelChain] : deps.providers.chains.language,
    retryAfterMs: deps.config.LANGUAGE_RETRY_MS,
    ...(rules.length > 0 ? { handOver: reason } : {}),
  };
}

function isBotRule(applied: unknown): boolean {
  return typeof applied === 'object' && applied !== null && 'rule' in applied && applied.rule === BOT_TO_BOT;
}
