import type { Database, Prisma, Tx } from '../../database';
import { AppError } from '../../errors';
import { checkArguments } from '../../tools/arguments';
import { dryRun } from '../../tools/dry-run';
import { isRefusalForGood } from '../../tools/refusals';
import { toolNamed } from '../../tools/registry';
import type { ToolAttempt, ToolDeps } from '../../tools/types';
import { judgeCall } from '../policy/call-rules';
import { turnCaller, type TurnHead } from '../turn-context';
import { replayPolicy } from './policy';
import { loadReplaySteps } from './steps';
import { loadSubject } from './subject';
import type { CallSource, ReplayRef } from './types';

export type ReplayCallRef = ReplayRef & { step: number; callId: string };

/**
 * Runs a call of a replay that the turn did not make: in a transaction that is rolled back, whether it reads or writes. It finds
 * the conversation as the turn did, with the agent; all else is as it is today.
 *
 * @throws AppError NOT_FOUND, and whatever may succeed later
 */
export async function rehearseCall(
  deps: ToolDeps,
  ref: ReplayCallRef,
  attempt: ToolAttempt,
): Promise<{ status: string }> {
  const { tenantId, replayId, step, callId } = ref;
  const where = { tenantId_replayId_step_callId: { tenantId, replayId, step, callId } };
  const { row, subject, policy } = await deps.db.withTenant(tenantId, async (tx) => {
    const subject = await loadSubject(tx, ref);
    const policy = await replayPolicy(tx, subject, await loadReplaySteps(tx, ref));
    return { row: await tx.turnReplayStep.findUnique({ where }), subject, policy };
  });
  const tool = toolNamed(row?.tool ?? '');
  if (!row || !tool) throw new AppError('NOT_FOUND', 'No such call was asked for in this step');
  if (row.status !== 'requested') return { status: row.status };
  const source: CallSource = tool.access === 'read' ? 'read' : 'dry_run';
  const finish = async (result: { status: string; output: Prisma.JsonObject; rule?: string }) => {
    const data = result.status === 'refused' ? result : { ...result, source };
    await deps.db.withTenant(tenantId, (tx) =>
      tx.turnReplayStep.updateMany({ where: { tenantId, id: row.id, status: 'requested' }, data }),
    );
    return { status: result.status };
  };
  const { head, turn } = subject;
  // A tool that searches pays for the vector of its question: the ledger counts that to the replay. It writes nothing.
  const caller = turnCaller(tool.look ? { tenantId, turnId: replayId } : turn, head);
  const checked = checkArguments(tool, caller, row.input);
  if (checked.refusal !== null)
    return finish({ status: 'failed', output: { error: checked.refusal, code: 'VALIDATION_ERROR' } });
  const { input, contactId } = checked;
  // Once more: what the calls before it in this answer did counts too.
  const verdict = judgeCall(tool, input, policy);
  if (verdict) return finish({ status: 'refused', output: { error: verdict.reason }, rule: verdict.rule });
  try {
    const output = await dryRun(deps, { tool, caller, input, contactId, callId: row.id, attempt }, (tx) =>
      giveBackToAgent(tx, tenantId, head),
    );
    return await finish({ status: 'done', output });
  } catch (error) {
    if (!isRefusalForGood(error)) throw error;
    return finish({ status: 'failed', output: { error: error.message, code: error.code } });
  }
}

function giveBackToAgent(tx: Tx, tenantId: string, { conversationId, turnHandlerVersion }: TurnHead): Promise<unknown> {
  return tx.conversation.updateMany({
    where: { tenantId, id: conversationId },
    data: { handler: 'ai', handlerVersion: turnHandlerVersion },
  });
}

/** What the model is told of a call that could not be run. */
export async function failCall(
  db: Database,
  { tenantId, replayId, step, callId, code }: ReplayCallRef & { code: string },
): Promise<void> {
  await db.withTenant(tenantId, (tx) =>
    tx.turnReplayStep.updateMany({
      where: { tenantId, replayId, step, callId, status: 'requested' },
      data: { status: 'failed', output: { error: `The tool failed (${code})` } },
    }),
  );
}
