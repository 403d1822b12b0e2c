import type { Tx } from '../database';
import { AppError, type ErrorCode } from '../errors';
import { checkArguments } from '../tools/arguments';
import { callTool } from '../tools/call';
import { isRefusalForGood } from '../tools/refusals';
import { toolNamed } from '../tools/registry';
import type { Tool, ToolAttempt, ToolDeps } from '../tools/types';
import { isTurnOpen } from './fence';
import { whyUnauthorized } from './policy/gate';
import { claimToolStep, finishToolStep } from './steps';
import { loadTurnHead, turnCaller } from './turn-context';
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
  const { tenantId, turnId, step, callId } = ref;
  const tool = toolNamed(name);
  const { row, head } = await deps.db.withTenant(tenantId, async (tx) => ({
    row: await tx.decisionStep.findUnique({
      where: { tenantId_groupId_step_callId: { tenantId, groupId: turnId, step, callId } },
    }),
    head: await loadTurnHead(tx, ref),
  }));
  if (!tool || !row || row.tool !== name)
    throw new AppError('NOT_FOUND', `No call of ${name} was asked for in this step`);
  if (row.status !== 'requested') return { status: row.status };
  const caller = turnCaller(ref, head);
  const checked = checkArguments(tool, caller, row.input);
  if (checked.refusal !== null) return fail(deps, ref, { code: 'VALIDATION_ERROR', message: checked.refusal });
  const judge = (tx: Tx) => whyRefused(tx, ref, { tool, input: checked.input, head });
  if (tool.look && (await deps.db.withTenant(tenantId, (tx) => refuseIf(tx, ref, judge)))) return { status: 'refused' };
  let isRefused = false;
  try {
    await callTool(
      deps,
      { tool, caller, input: checked.input, contactId: checked.contactId, callId: row.id, attempt },
      {
        async claim(tx) {
          isRefused = await refuseIf(tx, ref, judge);
          return !isRefused && claimToolStep(tx, ref);
        },
        finish: (tx, output) => finishToolStep(tx, ref, { status: 'done', output }),
      },
    );
    return { status: isRefused ? 'refused' : 'done' };
  } catch (error) {
    if (!isRefusalForGood(error)) throw error;
    return fail(deps, ref, error);
  }
}

async function whyRefused(
  tx: Tx,
  ref: ToolCallRef,
  of: { tool: Tool; input: Readonly<Record<string, unknown>>; head: { conversationId: string; contactId: string } },
): Promise<Refusal | null> {
  if (!(await isTurnOpen(tx, ref, of.head))) return TURN_OVER;
  const denied = await whyUnauthorized(tx, ref, { ...of, contactId: of.head.contactId });
  return denied && { code: 'FORBIDDEN', ...denied };
}

/** Keeps the refusal on the step. @returns whether there was one */
async function refuseIf(tx: Tx, ref: ToolCallRef, judge: (tx: Tx) => Promise<Refusal | null>): Promise<boolean> {
  const refusal = await judge(tx);
  if (!refusal) return false;
  const { code, rule, reason } = refusal;
  const output = { error: reason, code };
  await finishToolStep(tx, ref, { status: 'refused', output, errorCode: code, refusedBy: { rule, reason } });
  return true;
}

async function fail(
  { db }: ToolDeps,
  ref: ToolCallRef,
  { code, message }: { code: ErrorCode; message: string },
): Promise<{ status: string }> {
  const result = { status: 'failed' as const, output: { error: message, code }, errorCode: code };
  await db.withTenant(ref.tenantId, (tx) => finishToolStep(tx, ref, result));
  return { status: 'failed' };
}
