import type { Tx } from '../../database';
import { requireProvider } from '../../enrichment/subject';
import { newId } from '../../ids';
import { cheaperModel } from '../../money/cheaper-models';
import { paidLanguageCall } from '../../money/paid-language-call';
import type { ToolCall } from '../../providers/ports';
import { storableJson } from '../../text';
import { checkOwnArguments } from '../../tools/arguments';
import { toolDefinitions, toolNamed } from '../../tools/registry';
import type { AgentDeps } from '../deps';
import { PLAN_JSON_SCHEMA, plannedCalls } from './plan';
import { AGENT_OF_TOOL } from './staff-agents';
import { runPrompt, type RunMode } from './prompt';
import { openChildRuns } from './child-runs';
import { agentOfRun, appendAnswer, loadRun, stepOf, type LoadedRun } from './store';
import type { RunRef, RunStep, StoredAnswer, StoredCall } from './types';

/**
 * One attempt to get the next step of a run from one language model. The answer is stored under (run, step) before this
 * returns, and an attempt that finds it there does not ask, or pay, again. The last model call of a run has no tools.
 *
 * @throws AppError of the provider (see core/providers/classify.ts), PRICE_UNKNOWN, BUDGET_EXCEEDED, BUDGET_DEFERRED
 */
export async function askRunModel(
  deps: AgentDeps,
  { step, provider, mode: wanted, ...ref }: RunRef & { step: number; provider: string; mode: RunMode },
  attempt: { activityKey: string; signal: AbortSignal },
): Promise<RunStep> {
  const { tenantId, runId } = ref;
  const model = requireProvider(deps.providers.language, provider);
  const prepared = await deps.db.withTenant(tenantId, async (tx) => {
    const run = await loadRun(tx, ref);
    const stored = run.answers[step - 1];
    if (stored) return { known: stepOf(stored) };
    if (run.modelCallsLeft === 0 || run.status !== 'running') return { known: { kind: 'exhausted' } as const };
    const mode = run.modelCallsLeft === 1 ? 'answer' : wanted;
    const agent = await agentOfRun(tx, run);
    return { run, mode, agent, ...(await runPrompt(tx, run, { agent, mode })) };
  });
  if (prepared.known !== undefined) return prepared.known;
  const { run, mode, agent, system, messages } = prepared;
  const { temperature, maxOutputTokens } = agent.profile;
  const tools = mode === 'act' ? toolDefinitions(run.toolsOffered) : [];
  const asked = {
    system,
    messages,
    temperature,
    maxOutputTokens,
    ...(tools.length > 0 ? { tools } : {}),
    ...(mode === 'plan' ? { responseSchema: { name: 'agent_plan', schema: PLAN_JSON_SCHEMA } } : {}),
  };
  return paidLanguageCall(
    deps,
    {
      tenantId,
      activityKey: attempt.activityKey,
      model,
      cheaperModel: cheaperModel(deps.config, 'language', model.name),
      subject: { agentId: agent.agentId, ...(run.contactId ? { contactId: run.contactId } : {}) },
      input: asked,
      signal: attempt.signal,
    },
    async (tx, { text, toolCalls, model: answeredBy }) => {
      const answer = storableJson(answerOf(run, { mode, step, text, toolCalls }));
      const isKept = await appendAnswer(tx, ref, { step, answer, provider: model.name, model: answeredBy });
      if (!isKept) return storedStep(tx, ref, step);
      return stepOf(await openChildRuns(tx, { tenantId, runId, step, answer }));
    },
  );
}

async function storedStep(tx: Tx, ref: RunRef, step: number): Promise<RunStep> {
  const stored = (await loadRun(tx, ref)).answers[step - 1];
  return stored ? stepOf(stored) : { kind: 'exhausted' };
}

function answerOf(
  run: LoadedRun,
  { mode, step, text, toolCalls }: { mode: RunMode; step: number; text: string; toolCalls: ToolCall[] },
): StoredAnswer {
  const check = (call: ToolCall, index: number) => checkRunCall(run, call, `${step}.${index}`);
  if (mode === 'plan') {
    const planned = plannedCalls(text);
    return { kind: 'plan', text: planned ? '' : text, calls: (planned ?? []).map(check) };
  }
  if (mode === 'act' && toolCalls.length > 0) return { kind: 'calls', text, calls: toolCalls.map(check) };
  return { kind: 'answer', text, calls: [] };
}

/** A call as the model wrote it: one of the tools that the run was offered, and arguments of its form. */
function checkRunCall({ toolsOffered }: LoadedRun, call: ToolCall, callId: string): StoredCall {
  const tool = toolNamed(call.name);
  const common = {
    callId,
    tool: tool?.name ?? call.name,
    argumentsJson: call.argumentsJson || '{}',
    input: {},
    childRunId: null,
  };
  if (!tool || !toolsOffered.includes(tool.name))
    return { ...common, refusal: `There is no tool ${call.name}. Use one of: ${toolsOffered.join(', ')}.` };
  const checked = checkOwnArguments(tool, call.argumentsJson);
  if (checked.refusal !== null) return { ...common, refusal: checked.refusal };
  const { input } = checked;
  return { ...common, input, refusal: null, childRunId: isAgentTool(tool.name) ? newId() : null };
}

const isAgentTool = (name: string) => name in AGENT_OF_TOOL;
