import type { BantEvidence } from '../../crm/bant-evidence';
import type { ToolPolicies } from '../approvals/types';

/** What the rules look at, as it was when the turn began. Kept on the decision record; rules of calls count offers anew. */
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

/** `unavailable`: it was asked and did not answer. */
export type MemoryState = 'read' | 'unavailable' | 'unread';

/** What the rules of calls know of the turn. */
export interface PolicyContext {
  intentConfidence: number;
  signals: TurnSignals;
  /** Whether the agent was shown, or has read, the customer's memory in this turn. */
  memory: MemoryState;
  /** What the customer's own words say of a lead; null for an agent that qualifies none. */
  leadEvidence: BantEvidence | null;
  /** The tool of every call of this turn whose arguments were wrong. */
  wrongCalls: readonly string[];
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
