import { AppError, isAppError } from '../errors';
import { checkArguments } from '../tools/arguments';
import { callTool } from '../tools/call';
import { toolNamed } from '../tools/registry';
import type { ToolAttempt, ToolCaller, ToolDeps } from '../tools/types';
import { whyUnauthorized } from './policy/gate';
import { claimToolStep, finishToolStep } from './steps';
import { loadTurnHead, turnCaller } from './turn-context';
import type { ToolCallRef } from './types';

/**
 * Runs one stored call of a turn. Running it again after it finished changes nothing. What the tool refuses for good (no
 * such ticket, too much output) is its result: the model reads why and goes on.
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
  const { row, head, unauthorized } = await deps.db.withTenant(tenantId, async (tx) => {
    const row = await tx.decisionStep.findUnique({
      where: { tenantId_groupId_step_callId: { tenantId, groupId: turnId, step, callId } },
    });
    const input = (row?.input ?? {}) as Record<string, unknown>;
    const head = await loadTurnHead(tx, ref);
    return { row, head, unauthorized: tool ? await whyUnauthorized(tx, ref, { tool, input }) : null };
  });
  if (!tool || !row || row.tool !== name)
    throw new AppError('NOT_FOUND', `No call of ${name} was asked for in this step`);
  if (row.status !== 'requested') return { status: row.status };
  const caller: ToolCaller = turnCaller(ref, head);
  const checked = checkArguments(tool, caller, row.input);
  const refuse = async (error: string, errorCode: string) => {
    const result = { status: 'failed' as const, output: { error, code: errorCode }, errorCode };
    await deps.db.withTenant(tenantId, (tx) => finishToolStep(tx, ref, result));
    return { status: 'failed' };
  };
  if (unauthorized !== null) return refuse(unauthorized, 'FORBIDDEN');
  if (checked.refusal !== null) return refuse(checked.refusal, 'VALIDATION_ERROR');
  try {
    await callTool(
      deps,
      { tool, caller, input: checked.input, contactId: checked.contactId, callId: row.id, attempt },
      {
        claim: (tx) => claimToolStep(tx, ref),
        finish: (tx, output) => finishToolStep(tx, ref, { status: 'done', output }),
      },
    );
    return { status: 'done' };
  } catch (error) {
    if (!isAppError(error) || error.retryClass === 'transient' || error.code === 'INTERNAL_ERROR') throw error;
    return refuse(error.message, error.code);
  }
}
