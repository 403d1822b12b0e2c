import type { HandOverReason } from '../types';

/** What is different from the turn as it was. What is not given stays. */
export interface ReplayChanges {
  /** Instead of the agent's instructions. */
  instructions?: string;
  /** Instead of its language models, as in `LANGUAGE_CHAIN`. */
  modelChain?: string[];
  /** Instead of its version, or of the agent: a version belongs to one. Null: the profile that comes with the product. */
  agentVersionId?: string | null;
}

export interface ReplayRef {
  tenantId: string;
  replayId: string;
}

export interface ReplayBatchRef {
  tenantId: string;
  batchId: string;
}

/** How a replay asks, or why the turn never came to a model. */
export interface ReplayPlan {
  providers: string[];
  handOver?: HandOverReason;
}

export type ReplayStatus = 'running' | 'completed' | 'failed';

/** Where the output of a call comes from: the record of the turn, a reading of today, or a write that was undone. */
export type CallSource = 'record' | 'read' | 'dry_run';

export interface ReplayedCall {
  tool: string;
  arguments: unknown;
  status: string;
  /** The rule that refused it, or wants a person to allow it. */
  rule: string | null;
  /** Null for a call that did not run. */
  source: CallSource | null;
}

/** What a turn came to, as it was or as it is replayed. */
export interface TurnSide {
  outcome: string | null;
  outcomeReason: string | null;
  reply: string | null;
  agent: string;
  agentVersionId: string | null;
  model: string | null;
  tools: ReplayedCall[];
  /** What the model calls of the answer cost. */
  costMicros: number;
}

export interface ReplayDifference {
  outcome: boolean;
  reply: boolean;
  /** Calls that only one of the two made, with the same arguments counted as the same. */
  toolsAdded: string[];
  toolsMissing: string[];
  /** After less before. */
  costMicros: number;
}

export interface ReplayResult {
  before: TurnSide;
  after: TurnSide;
  difference: ReplayDifference;
}

/** How a replay ended, for whoever started it. */
export interface ReplayEnd {
  status: 'completed' | 'failed';
  errorCode: string | null;
  /** Whether outcome, reply or tools are different. */
  isChanged: boolean;
}

export type BatchStatus = 'running' | 'completed' | 'failed';
