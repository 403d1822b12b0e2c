import type { ToolPolicies } from '../approvals/types';
import type { Intent } from '../intents/types';
import type { TeamAgent } from '../team/types';
import type { PolicyContext, TurnSignals } from './types';

/** Of a turn that an older version of the product began. */
const NOTHING_SEEN: TurnSignals = {
  sentiment: 0,
  severity: 0,
  severityBecause: [],
  lifetimeValue: null,
  offersMade: 0,
  offersRefused: 0,
};

/** What the rules know of a turn, from its decision record. */
export function policyContext(
  record: { intent: string; intentConfidence: number; signals: unknown; context: unknown },
  agent: TeamAgent,
  toolPolicies: ToolPolicies = {},
): PolicyContext {
  const memory = record.context as { daysBack?: number | null };
  return {
    servesRetention: agent.profile.intents.includes('retention_churn'),
    intent: record.intent as Intent,
    intentConfidence: record.intentConfidence,
    signals: { ...NOTHING_SEEN, ...(record.signals as Partial<TurnSignals>) },
    hasReadMemory: memory.daysBack !== undefined,
    toolPolicies,
  };
}
