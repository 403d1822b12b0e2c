import { isScope } from '../../accounts/scopes';
import type { Tx } from '../../database';
import { AppError } from '../../errors';
import { executeTool } from '../../tools/execute';
import { isRefusalForGood } from '../../tools/refusals';
import { toolNamed } from '../../tools/registry';
import { SUPERVISOR_SCOPE } from '../../tools/rules';
import type { Tool, ToolDeps } from '../../tools/types';
import { loadApprovalSettings } from '../approvals/settings';
import { sdrRefusal } from './sdr-rules';
import { keepResult, loadRun, type LoadedRun } from './store';
import type { RunCallRef, StoredResult } from './types';

/**
 * Runs one stored call of a run as whoever asked would: their scopes, the rates of the tenant, the audit of calls. What the
 * tool or a rule refuses for good is its result. Running it again after it finished changes nothing.
 *
 * @throws AppError NOT_FOUND for a call that no model asked for, and whatever may succeed later
 */
export async function runToolOfRun(
  deps: ToolDeps,
  name: string,
  { callId, ...ref }: RunCallRef,
  attempt: { signal: AbortSignal },
): Promise<{ status: string }> {
  const { tenantId, runId } = ref;
  const tool = toolNamed(name);
  const { run, call, refusal } = await deps.db.withTenant(tenantId, async (tx) => {
    const run = await loadRun(tx, ref);
    const call = run.answers.flatMap(({ calls }) => calls).find((one) => one.callId === callId);
    return { run, call, refusal: tool && call ? await whyRefused(tx, run, { tool, input: call.input }) : null };
  });
  if (!tool || !call || call.tool !== name || call.refusal !== null)
    throw new AppError('NOT_FOUND', `No call of ${name} was asked for in this run`);
  if (run.results[callId]) return { status: 'done' };
  const keep = (result: StoredResult) => deps.db.withTenant(tenantId, (tx) => keepResult(tx, ref, { callId, result }));
  if (run.status !== 'running') return { status: 'refused' };
  if (refusal) {
    await keep({ error: refusal.reason, code: 'FORBIDDEN', rule: refusal.rule });
    return { status: 'refused' };
  }
  const takesContact = tool.about === 'contact' || tool.about === 'any_contact';
  try {
    const { output } = await executeTool(deps, {
      tenantId,
      via: 'agent',
      userId: run.userId,
      keyId: run.apiKeyId,
      scopes: run.scopes.filter(isScope),
      name,
      arguments: { ...call.input, ...(takesContact && run.contactId ? { contact_id: run.contactId } : {}) },
      idempotencyKey: `run:${runId}:${callId}`,
      isDryRun: false,
      signal: attempt.signal,
    });
    await keep({ output });
    return { status: 'done' };
  } catch (error) {
    if (!isRefusalForGood(error)) throw error;
    await keep({ error: error.message, code: error.code });
    return { status: 'failed' };
  }
}

/** What the company has set for single tools holds for these agents as well; nobody waits for a supervisor, who asks then. */
async function whyRefused(
  tx: Tx,
  run: LoadedRun,
  { tool, input }: { tool: Tool; input: Readonly<Record<string, unknown>> },
): Promise<{ rule: string; reason: string } | null> {
  const policy = (await loadApprovalSettings(tx, run.tenantId)).toolPolicies[tool.name];
  if (policy === 'never') return { rule: 'tool_never', reason: `agents of this company do not use ${tool.name}` };
  if (policy === 'ask' && !run.scopes.includes(SUPERVISOR_SCOPE))
    return { rule: 'tool_ask', reason: `the company wants a supervisor to allow each ${tool.name}` };
  return run.agent === 'sdr' ? sdrRefusal(tx, run, { tool: tool.name, input }) : null;
}
