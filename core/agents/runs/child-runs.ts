import { isScope } from '../../accounts/scopes';
import { sqlFile, type Tx } from '../../database';
import { isAppError } from '../../errors';
import { loadTeam } from '../team/load';
import { runRow } from './request';
import { AGENT_OF_TOOL } from './staff-agents';
import { loadRun, type LoadedRun } from './store';
import { MAX_RUN_DEPTH, type RunRef, type StoredAnswer, type StoredCall } from './types';

/** With fewer an agent could not call a tool and answer. */
const LEAST_MODEL_CALLS = 2;

/**
 * Opens a run for each call of an answer that asks another agent: no deeper than allowed, with the rights of whoever asked
 * first, and with half of the model calls that are left to the asking run, so that a whole tree stays within one bound.
 *
 * @returns the answer with the calls that cannot be asked refused
 */
export async function openChildRuns(
  tx: Tx,
  { step, answer, ...ref }: RunRef & { step: number; answer: StoredAnswer },
): Promise<StoredAnswer> {
  if (!answer.calls.some(({ childRunId }) => childRunId !== null)) return answer;
  const calls: StoredCall[] = [];
  for (const call of answer.calls) {
    const refusal = call.childRunId === null ? null : await openChildRun(tx, await loadRun(tx, ref), call);
    calls.push(refusal === null ? call : { ...call, refusal, childRunId: null });
  }
  const opened = { ...answer, calls };
  const { tenantId, runId } = ref;
  const sql = sqlFile('core/agents/runs/sql/change-answer.sql');
  await tx.$executeRawUnsafe(sql, tenantId, runId, step - 1, JSON.stringify(opened));
  return opened;
}

/** @returns why it cannot be asked; null when it was opened */
async function openChildRun(tx: Tx, parent: LoadedRun, { tool, input, callId, childRunId }: StoredCall) {
  const { tenantId, id: parentRunId, contactId, userId, apiKeyId: keyId, scopes, modelCallsLeft, depth } = parent;
  if (depth >= MAX_RUN_DEPTH) return `An agent that was asked by an agent asks no further than ${MAX_RUN_DEPTH} deep`;
  const share = Math.floor(modelCallsLeft / 2);
  if (share < LEAST_MODEL_CALLS) return 'No model calls are left to ask another agent';
  const agent = (await loadTeam(tx, tenantId)).get(AGENT_OF_TOOL[tool] ?? '');
  if (!agent || agent.profile.audience !== 'staff' || !childRunId) return `${tool} is switched off`;
  const question = String(input['question']);
  const authority = { via: 'agent', userId, keyId, scopes: scopes.filter(isScope) } as const;
  try {
    const row = runRow({ tenantId, question, contactId, authority }, agent);
    await tx.agentRun.create({
      data: {
        ...row,
        id: childRunId,
        parentRunId,
        parentCallId: callId,
        depth: depth + 1,
        modelCallsLeft: share,
      },
    });
  } catch (error) {
    if (isAppError(error, 'FORBIDDEN')) return error.message;
    throw error;
  }
  await tx.agentRun.updateMany({
    where: { tenantId, id: parentRunId },
    data: { modelCallsLeft: { decrement: share } },
  });
  return null;
}
