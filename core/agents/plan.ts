import type { AgentDeps } from './deps';
import type { TeamAgent } from './team/types';
import type { TurnPlan } from './types';

/** How to ask the model for this agent, or that a person is asked for instead because a rule wants one. */
export function planOf(deps: AgentDeps, { profile }: TeamAgent, rules: readonly unknown[]): TurnPlan {
  return {
    providers: profile.modelChain.length > 0 ? [...profile.modelChain] : deps.providers.chains.language,
    retryAfterMs: deps.config.LANGUAGE_RETRY_MS,
    showsTyping: true,
    ...(rules.length > 0 ? { handOver: 'escalated' as const } : {}),
  };
}
