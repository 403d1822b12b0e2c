import { proxyActivities } from '@temporalio/workflow';
import type { AgentActivities } from '../../activities/agent';
import type { ToolActivities } from '../../activities/tools';
import { countCall, refusalOf, type RequestedCall, type ToolCount } from '../../core/agents/limits';
import { TOOL_NAMES, type HandOverReason, type ModelStep, type ToolName, type TurnRef } from '../../core/agents/types';
import { failureCode } from '../shared/failures';
import { DATABASE_ACTIVITY, providerActivity, QUEUES } from '../shared/queues';
import type { TurnInput, TurnOutcome } from './types';

const database = proxyActivities<AgentActivities>(DATABASE_ACTIVITY);
/** A dead embedder costs the vector leg, not the turn; only a dead database makes this wait. */
const recall = proxyActivities<AgentActivities>({
  ...DATABASE_ACTIVITY,
  taskQueue: QUEUES.embeddings,
  startToCloseTimeout: '30s',
});
const language = proxyActivities<AgentActivities>(providerActivity(QUEUES.language, 45_000));
/** The tools write only to the database, each idempotent by its call id. */
const databaseTools = proxyActivities<ToolActivities>(DATABASE_ACTIVITY);
const searchTools = proxyActivities<ToolActivities>({
  ...DATABASE_ACTIVITY,
  taskQueue: QUEUES.embeddings,
  startToCloseTimeout: '30s',
});

/** More model calls than tool calls are allowed would only repeat refusals. */
const MAX_STEPS = 25;

/**
 * One turn of the agent: gather context, ask the model, run its tools one visible activity each, write the reply behind
 * the hand-over fence. When no model answers, it hands over to a person with an honest line instead of going silent.
 */
export async function turnWorkflow({ tenantId, turnId }: TurnInput): Promise<TurnOutcome> {
  const turn = { tenantId, turnId };
  const { providers } = await database.prepareTurn(turn);
  await recall.recallMemory(turn);
  const reason = await converse(turn, providers);
  if (reason) return database.handOver({ ...turn, reason });
  return database.writeReply(turn);
}

/** Model and tools in turns until the model answers. Null when it did, else why a person must take over. */
async function converse(turn: TurnRef, providers: string[]): Promise<HandOverReason | null> {
  let count: ToolCount = { total: 0, byFingerprint: {} };
  for (let step = 1; step <= MAX_STEPS; step++) {
    const answer = await askModel(turn, step, providers);
    if (answer === null) return 'model_unavailable';
    if (answer.kind === 'reply') return null;
    const refused: RequestedCall[] = [];
    for (const call of answer.calls) {
      if (refusalOf(call, count) !== null) refused.push(call);
      else await runTool(turn, step, call);
      count = countCall(call, count);
    }
    if (refused.length > 0) {
      await database.refuseCalls({ ...turn, step, callIds: refused.map(({ callId }) => callId) });
      return 'tool_limit';
    }
  }
  return 'tool_limit';
}

async function askModel(turn: TurnRef, step: number, providers: string[]): Promise<ModelStep | null> {
  for (const provider of providers) {
    try {
      return await language.callModel({ ...turn, step, provider });
    } catch (error) {
      // The next provider is the answer to every failure; the code stays visible in this workflow's history.
      failureCode(error);
    }
  }
  return null;
}

/** A tool that fails tells the model so, and the turn goes on. */
async function runTool(turn: TurnRef, step: number, call: RequestedCall): Promise<void> {
  const args = { ...turn, step, callId: call.callId };
  try {
    await toolActivity(call.tool)(args);
  } catch (error) {
    await database.recordToolFailure({ ...args, code: failureCode(error) });
  }
}

function toolActivity(name: string): ToolActivities[ToolName] {
  const tool = TOOL_NAMES.find((known) => known === name);
  if (tool === 'search_memory') return searchTools.search_memory;
  // An unknown name was refused when the model's answer was stored and never comes here.
  return databaseTools[tool ?? 'get_contact_facts'];
}
