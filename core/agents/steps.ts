import { createHash } from 'node:crypto';
import { sqlFile, type Prisma, type Statement, type Tx } from '../database';
import { newId } from '../ids';
import type { ToolCall } from '../providers/ports';
import { toolNamed } from '../tools/registry';
import type { RequestedCall } from './limits';
import type { CallVerdict } from './policy/types';
import type { ModelStep, ToolCallRef, TurnRef } from './types';

/** A model's answer as it is kept: its words and the calls it asked for. */
export interface ModelOutput {
  text: string;
  toolCalls: ToolCall[];
  finishReason: string;
}

export interface StepRow {
  step: number;
  kind: string;
  callId: string;
  tool: string | null;
  input: Prisma.JsonValue;
  output: Prisma.JsonValue;
  status: string;
}

/** A call as the rules of calls look at it. */
export interface StoredCall extends Pick<StepRow, 'tool' | 'status'> {
  errorCode: string | null;
  rule: string | null;
}

/** All steps of a turn, oldest first; within a step the model's answer comes before its tools. */
export function loadSteps(tx: Tx, { tenantId, turnId }: TurnRef): Promise<(StepRow & StoredCall)[]> {
  return tx.$queryRawUnsafe(sqlFile('core/agents/sql/steps.sql'), tenantId, turnId);
}

/** All calls of a turn, without what they came to; `input` of the one that is asked for, null for the others. */
export function loadCalls(
  tx: Tx,
  { tenantId, turnId, step, callId }: ToolCallRef,
): Promise<(StoredCall & { id: string; step: number; callId: string; input: Prisma.JsonValue })[]> {
  return tx.$queryRawUnsafe(sqlFile('core/agents/sql/calls.sql'), tenantId, turnId, step, callId);
}

/** A call that is checked: `input` is valid for its tool, or `refusal` says why it will not run. */
export interface CheckedCall {
  call: ToolCall;
  input: Prisma.InputJsonObject;
  refusal: string | null;
  /** The rule that refused it, if it was one. */
  verdict: CallVerdict | null;
}

/** A model's answer with its calls, checked, and who gave it. */
export interface CheckedAnswer {
  output: ModelOutput;
  calls: CheckedCall[];
  provider: string;
  model: string;
}

/**
 * Keeps a model's answer and one row for every call it asked for. When another attempt was faster, its answer stands and
 * this one is dropped whole, and the statement returns no row: calls of two answers in one step would make no sense to the model.
 */
export function storingModelStep({ tenantId, turnId }: TurnRef, step: number, answer: CheckedAnswer): Statement {
  const { output, calls, provider, model } = answer;
  return {
    text: sqlFile('core/agents/sql/store-answer.sql'),
    values: [
      tenantId,
      turnId,
      step,
      newId(),
      JSON.stringify(output),
      JSON.stringify(calls.map(callRow)),
      provider,
      model,
    ],
  };
}

/** What an answer comes to that was kept. */
export function modelStepOf(answer: Pick<CheckedAnswer, 'calls'>): ModelStep {
  if (answer.calls.length === 0) return { kind: 'reply' };
  const calls = answer.calls
    .filter(({ refusal }) => refusal === null)
    .map(({ call, input }) => requestedCall(call.id, call.name, input));
  return toolStep(
    calls,
    answer.calls.some(({ verdict }) => verdict?.decision === 'needs_approval'),
  );
}

/** As core/agents/sql/store-answer.sql reads it. */
function callRow({ call, input, refusal, verdict }: CheckedCall) {
  return {
    id: newId(),
    call_id: call.id,
    tool: call.name,
    input,
    output: refusal === null ? null : { error: refusal },
    status: refusal === null ? 'requested' : (verdict?.decision ?? 'refused'),
    error_code: refusal === null ? null : verdict ? 'INVARIANT_VIOLATION' : 'VALIDATION_ERROR',
    rule: verdict?.rule ?? null,
    rule_reason: verdict?.reason ?? null,
  };
}

/** What an attempt before this one stored for the step; null when there was none. */
export function storedModelStep(steps: StepRow[], step: number): ModelStep | null {
  const own = steps.filter((row) => row.step === step);
  if (!own.some(({ kind }) => kind === 'model')) return null;
  const tools = own.filter(({ kind }) => kind === 'tool');
  if (tools.length === 0) return { kind: 'reply' };
  const calls = tools
    .filter(({ status }) => status !== 'refused' && status !== 'needs_approval')
    .map((row) => requestedCall(row.callId, row.tool ?? '', row.input));
  return toolStep(
    calls,
    tools.some(({ status }) => status === 'needs_approval'),
  );
}

function toolStep(calls: RequestedCall[], needsApproval: boolean): ModelStep {
  return { kind: 'tools', calls, ...(needsApproval ? { needsApproval } : {}) };
}

const CHECK_CALL_ID = 'check';

/** Keeps what a check found in the answer of a step. The problem is shown to the model, which is asked once more. */
export async function storeCheck(
  tx: Tx,
  { tenantId, turnId, step }: TurnRef & { step: number },
  { rule, reason, problem }: { rule: string; reason: string; problem: string },
): Promise<void> {
  await tx.decisionStep.create({
    data: {
      id: newId(),
      tenantId,
      groupId: turnId,
      step,
      kind: 'check',
      callId: CHECK_CALL_ID,
      status: 'refused',
      rule,
      ruleReason: reason,
      output: { problem },
      finishedAt: new Date(),
    },
  });
}

/** Holds the step until the transaction ends: a second attempt waits here, and then finds how the first has ended. */
export async function claimToolStep(tx: Tx, { tenantId, turnId, step, callId }: ToolCallRef): Promise<void> {
  await tx.$queryRawUnsafe(sqlFile('core/agents/sql/claim-tool-step.sql'), tenantId, turnId, step, callId);
}

/** What a call came to. */
export interface ToolStepEnd {
  status: 'done' | 'failed' | 'refused';
  output: Prisma.InputJsonObject;
  errorCode?: string;
  /** The rule that refused it, and why. Without one, the rule that wanted a person for it stays on the record. */
  refusedBy?: { rule: string; reason: string };
}

export async function finishToolStep(tx: Tx, ref: ToolCallRef, end: ToolStepEnd): Promise<void> {
  const { text, values } = finishingToolStep(ref, end);
  await tx.$executeRawUnsafe(text, ...values);
}

/** The same as a statement, for a transaction that ends with it. */
export function finishingToolStep({ tenantId, turnId, step, callId }: ToolCallRef, end: ToolStepEnd): Statement {
  const { rule = null, reason = null } = end.refusedBy ?? {};
  const output = JSON.stringify(end.output);
  return {
    text: sqlFile('core/agents/sql/finish-tool-step.sql'),
    values: [tenantId, turnId, step, callId, end.status, output, end.errorCode ?? null, rule, reason],
  };
}

export function requestedCall(callId: string, tool: string, input: unknown): RequestedCall {
  const { lane = 'database', access } = toolNamed(tool) ?? {};
  return {
    callId,
    tool,
    fingerprint: fingerprint(tool, input),
    lane,
    ...(access === 'read' ? { isRead: true } : {}),
  };
}

/** Equal for calls of one tool with the same arguments. jsonb gives keys back in its own order, so they are sorted. */
export function fingerprint(tool: string, input: unknown): string {
  return createHash('sha256')
    .update(`${tool} ${canonical(input)}`)
    .digest('hex')
    .slice(0, 16);
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`;
}
