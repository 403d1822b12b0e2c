import type { ToolPolicies } from '../approvals/types';

/** What the rules look at, as it was when the turn began. Kept on the decision record. */
export interface TurnSignals {
  /** -1 to 1: how what the customer wrote in this turn feels, apart from its topic. */
  sentiment: number;
  /** 0 to 10: how serious the complaint is. */
  severity: number;
  /** Words that made it so. */
  severityBecause: string[];
  /** What the customer is worth to the company, in its currency; null when nobody wrote it down. */
  lifetimeValue: number | null;
  /** Offers made to keep this customer in the last 90 days, and how many of them were refused. */
  offersMade: number;
  offersRefused: number;
}

/** What the rules of calls know of the turn. */
export interface PolicyContext {
  intentConfidence: number;
  signals: TurnSignals;
  /** Whether the agent was shown the customer's memory in this turn. */
  hasReadMemory: boolean;
  /** What the tenant set for single tools. */
  toolPolicies: ToolPolicies;
}

/** What a rule says of a call. `needs_approval`: a person would have to allow it. */
export interface CallVerdict {
  decision: 'refused' | 'needs_approval';
  rule: string;
  /** For the model and for whoever reads the record. */
  reason: string;
}

/** A rule that spoke about a turn or its reply, as the decision record keeps it. */
export interface AppliedRule {
  rule: string;
  decision: 'escalated' | 'rewritten' | 'handed_over';
  reason: string;
}
