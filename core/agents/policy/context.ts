import type { ToolPolicies } from '../approvals/types';
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

/** What the rules of calls know of a turn, from its decision record. */
export function policyContext(
  record: { intentConfidence: number; signals: unknown; context: unknown },
  toolPolicies: ToolPolicies,
): PolicyContext {
  const memory = record.context as { daysBack?: number | null };
  return {
    intentConfidence: record.intentConfidence,
    signals: { ...NOTHING_SEEN, ...(record.signals as Partial<TurnSignals>) },
    hasReadMemory: memory.daysBack !== undefined,
    toolPolicies,
  };
}
