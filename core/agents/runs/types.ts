import type { Scope } from '../../accounts/scopes';
import type { RequestedCall } from '../limits';

export interface RunRef {
  tenantId: string;
  runId: string;
}

export interface RunCallRef extends RunRef {
  callId: string;
}

export const RUN_STATUSES = ['queued', 'running', 'done', 'failed'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** With whose rights a run acts: an agent never has more than whoever asked it. */
export interface Authority {
  via: 'rest' | 'mcp' | 'grpc' | 'agent';
  userId: string | null;
  keyId: string | null;
  scopes: readonly Scope[];
}

/** An agent may ask one that asks another, and no further. */
export const MAX_RUN_DEPTH = 2;
/** Calls of a model, those of the agents that it asks included. */
export const MAX_MODEL_CALLS = 12;

/** A call that the model asked for or planned. */
export interface StoredCall {
  /** Its place: `<step>.<index>`. What the model calls it may repeat. */
  callId: string;
  tool: string;
  input: Record<string, unknown>;
  argumentsJson: string;
  /** Why it will not run; null: it may. */
  refusal: string | null;
  /** Another agent is asked: its run. */
  childRunId: string | null;
}

/** One answer of the model, as it is kept. */
export interface StoredAnswer {
  kind: 'plan' | 'calls' | 'answer';
  text: string;
  calls: StoredCall[];
}

/** What came of a call. */
export type StoredResult = { output: unknown } | { error: string; code: string; rule?: string };

export interface AskedCall extends RequestedCall {
  childRunId: string | null;
}

/** What one model call came to, for the workflow. `exhausted`: its model calls were used up before, or
 * the run is over. */
export type RunStep =
  { kind: 'answer' } | { kind: 'exhausted' } | { kind: 'calls'; calls: AskedCall[]; hasFaults: boolean };

/** How a run asks. `plansFirst`: all its queries are chosen before the first of them runs. */
export interface RunPlan {
  providers: string[];
  retryAfterMs: number;
  plansFirst: boolean;
  depth: number;
}
