import type { Tx } from '../database';
import { AppError, type ErrorCode } from '../errors';
import { checkArguments } from '../tools/arguments';
import {
  asksOutside,
  lookOutside,
  NOTHING_BROUGHT,
  requireContact,
  runInside,
  type ToolCallRequest,
} from '../tools/call';
import { isRefusalForGood } from '../tools/refusals';
import { toolNamed } from '../tools/registry';
import type { Tool, ToolAttempt, ToolDeps } from '../tools/types';
import { isTurnOpen, lockTurn } from './fence';
import { whyUnauthorized } from './policy/gate';
import {
  claimToolStep,
  finishingToolStep,
  finishToolStep,
  loadCalls,
  type StoredCall,
  type ToolStepEnd,
} from './steps';
import { loadTurn, type Turn } from './turn';
import { turnCaller } from './turn-context';
import type { ToolCallRef } from './types';

/** Why a call does not run, for its step. */
interface Refusal {
  code: ErrorCode;
  rule: string;
  reason: string;
}

const TURN_OVER: Refusal = {
  code: 'CONFLICT',
  rule: 'turn_over',
  reason: 'The turn was over, or a person had the conversation, before this call could run',
};

/** A call that may run, or how it has ended already. */
type Admitted = { request: ToolCallRequest; status?: undefined } | { request?: undefined; status: string };

/**
 * Runs one stored call of a turn. Running it again after it finished changes nothing. What the tool refuses for good (no
 * such ticket, too much output) is its result: the model reads why and goes on.
 *
 * Whether the turn may still act, and the rules, are read in the transaction of the tool's effect: a turn that is interrupted
 * or taken over meanwhile does nothing more. A tool that asks the outside is judged before that as well.
 *
 * @throws AppError NOT_FOUND for a call that no model asked for, and whatever may succeed later
 */
export async function runTool(
  deps: ToolDeps,
  name: string,
  ref: ToolCallRef,
  attempt: ToolAttempt,
): Promise<{ status: string }> {
  const { tenantId } = ref;
  const tool = toolNamed(name);
  const admitted = async (tx: Tx): Promise<Admitted> => {
    const outcome = tool?.name === name ? await admit(tx, ref, { tool, attempt }) : null;
    if (!outcome) throw new UnknownCall(`No call of ${name} was asked for in this step`);
    return outcome;
  };
  try {
    let brought = NOTHING_BROUGHT;
    if (tool && asksOutside(tool)) {
      // Without the lock at first, for which the disk would be waited for: the call is judged behind it before it ends.
      const judged = await deps.db.withTenant(tenantId, (tx) => judgedToRun(tx, ref, { tool, attempt }), {
        isReadOnly: true,
      });
      const { request, status } = judged ?? (await deps.db.withTenant(tenantId, admitted));
      if (!request) return { status };
      brought = await lookOutside(deps, request);
    }
    const [{ status }] = await deps.db.endWith(
      tenantId,
      async (tx) => {
        const admission = await admitted(tx);
        if (!admission.request) return { status: admission.status, output: null };
        return { status: 'done', output: await runInside(tx, admission.request, brought) };
      },
      ({ output }) => output && finishingToolStep(ref, { status: 'done', output }),
    );
    return { status };
  } catch (error) {
    if (error instanceof UnknownCall || !isRefusalForGood(error)) throw error;
    const { code, message } = error;
    const result = { status: 'failed' as const, output: { error: message, code }, errorCode: code };
    await deps.db.withTenant(tenantId, (tx) => finishToolStep(tx, ref, result));
    return { status: 'failed' };
  }
}

/** Not the tool's refusal: there is no step that could keep it. */
class UnknownCall extends AppError {
  constructor(message: string) {
    super('NOT_FOUND', message);
  }
}

/** What a call comes to by its judgement: it may run, it has ended, or it ends now and does not run. */
type Judged = Admitted & { end?: ToolStepEnd };

/**
 * Claims the call and judges it, behind the turn's lock and all in one round trip. What does not run is told on its step.
 *
 * @returns null when no model asked for it
 */
async function admit(tx: Tx, ref: ToolCallRef, of: { tool: Tool; attempt: ToolAttempt }): Promise<Admitted | null> {
  const [, , turn, calls] = await Promise.all([
    lockTurn(tx, ref),
    claimToolStep(tx, ref),
    loadTurn(tx, ref),
    loadCalls(tx, ref),
  ]);
  const judged = await judge(tx, ref, { ...of, turn, calls });
  if (judged?.end) await finishToolStep(tx, ref, judged.end);
  return judged;
}

/** A call that would run if it were judged for good now; null for any other. @throws AppError NOT_FOUND (contact) */
async function judgedToRun(
  tx: Tx,
  ref: ToolCallRef,
  of: { tool: Tool; attempt: ToolAttempt },
): Promise<Extract<Admitted, { status?: undefined }> | null> {
  const [turn, calls] = await Promise.all([loadTurn(tx, ref), loadCalls(tx, ref)]);
  const judged = await judge(tx, ref, { ...of, turn, calls });
  if (!judged?.request) return null;
  // The turn's own is read with it, and a turn whose contact was deleted is over.
  if (judged.request.contactId !== turn.head.contactId) await requireContact(tx, judged.request);
  return { request: judged.request };
}

/** @returns null when no model asked for the call */
async function judge(
  tx: Tx,
  ref: ToolCallRef,
  of: { tool: Tool; attempt: ToolAttempt; turn: Turn; calls: Awaited<ReturnType<typeof loadCalls>> },
): Promise<Judged | null> {
  const { tool, attempt, turn, calls } = of;
  const row = calls.find(({ step, callId }) => step === ref.step && callId === ref.callId);
  if (row?.tool !== tool.name) return null;
  if (row.status !== 'requested') return { status: row.status };
  const caller = turnCaller(ref, turn.head);
  const checked = checkArguments(tool, caller, row.input);
  if (checked.refusal !== null) {
    const code = 'VALIDATION_ERROR';
    const output = { error: checked.refusal, code };
    return { status: 'failed', end: { status: 'failed', output, errorCode: code } };
  }
  const { input, contactId } = checked;
  const refusal = await whyRefused(tx, ref, { tool, input, turn, calls });
  if (refusal) {
    const { code, rule, reason } = refusal;
    const output = { error: reason, code };
    return { status: 'refused', end: { status: 'refused', output, errorCode: code, refusedBy: { rule, reason } } };
  }
  return { request: { tool, caller, input, contactId, callId: row.id, attempt } };
}

async function whyRefused(
  tx: Tx,
  ref: ToolCallRef,
  of: { tool: Tool; input: Readonly<Record<string, unknown>>; turn: Turn; calls: readonly StoredCall[] },
): Promise<Refusal | null> {
  if (!isTurnOpen(of.turn)) return TURN_OVER;
  const denied = await whyUnauthorized(tx, ref, of);
  return denied && { code: 'FORBIDDEN', ...denied };
}
