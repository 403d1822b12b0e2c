import {
  ApplicationFailure,
  ChildWorkflowFailure,
  executeChild,
  isCancellation,
  proxyActivities,
  sleep,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow';
import type { AgentRunActivities } from '../../activities/agent-run';
import type { ToolActivities } from '../../activities/tools';
import { countCall, refusalOf, type ToolCount } from '../../core/agents/limits';
import type { RunMode } from '../../core/agents/runs/prompt';
import {
  MAX_MODEL_CALLS,
  MAX_RUN_DEPTH,
  type AskedCall,
  type RunPlan,
  type RunStep,
} from '../../core/agents/runs/types';
import { isWorthWaiting } from '../../core/enrichment/rules';
import { agentAsTool } from '../patterns/agent-as-tool';
import { boundedLoop } from '../patterns/bounded-loop';
import { planThenAct } from '../patterns/plan-then-act';
import { failureCode } from '../shared/failures';
import { askChain, reasonOf } from '../shared/model-chain';
import { providerActivity, QUEUES, RECALL_ACTIVITY, TURN_ACTIVITY } from '../shared/queues';
import { searchAttributes } from '../shared/search-attributes';
import { agentRunWorkflowId } from './ids';
import type { AgentRunInput } from './types';

const database = proxyActivities<AgentRunActivities>(TURN_ACTIVITY);
const language = proxyActivities<AgentRunActivities>(providerActivity(QUEUES.language, 60_000));
const databaseTools = proxyActivities<ToolActivities>(TURN_ACTIVITY);
const searchTools = proxyActivities<ToolActivities>(RECALL_ACTIVITY);

/** What a run has used of its bounds. */
interface Progress {
  rounds: number;
  count: ToolCount;
}

/**
 * An agent answers one of the company's own people: it calls tools until it knows, or plans all queries first. Agents that it
 * asks are child workflows. It ends with an answer or a code of the error table, never without either.
 */
export async function agentRunWorkflow(run: AgentRunInput): Promise<'done' | 'failed'> {
  let failure: string | null;
  try {
    const plan = await database.prepareAgentRun(run);
    const progress: Progress = { rounds: 0, count: { total: 0, byFingerprint: {} } };
    const end = plan.plansFirst ? await planned(run, plan, progress) : await untilAnswer(run, plan, progress);
    failure = end === 'answered' ? null : end;
  } catch (error) {
    failure = failureCode(error);
  }
  const status = await database.finishAgentRun({ ...run, failure });
  return status === 'done' ? 'done' : 'failed';
}

function planned(run: AgentRunInput, plan: RunPlan, progress: Progress): Promise<string> {
  return planThenAct<AskedCall, string, string>({
    async plan() {
      progress.rounds++;
      const step = await askPatiently(run, plan, { step: progress.rounds, mode: 'plan' });
      if (typeof step === 'string') return step;
      if (step.kind === 'exhausted') return 'RATE_LIMIT_EXCEEDED';
      // The last model call of a run is for the answer.
      return step.kind === 'answer' ? 'answered' : { steps: step.calls, hasFaults: step.hasFaults };
    },
    act: (call) => runCall(run, plan, call),
    conclude: () => untilAnswer(run, plan, progress, 'answer'),
  });
}

/** Model and tools in turns until the model answers: `answered`, or the code of why it did not. */
async function untilAnswer(
  run: AgentRunInput,
  plan: RunPlan,
  progress: Progress,
  mode: RunMode = 'act',
): Promise<string> {
  const end = await boundedLoop<string>(progress, MAX_MODEL_CALLS, async (round) => {
    const step = await askPatiently(run, plan, { step: round, mode });
    if (typeof step === 'string') return step;
    if (step.kind === 'answer') return 'answered';
    if (step.kind === 'exhausted') return 'RATE_LIMIT_EXCEEDED';
    for (const call of step.calls) {
      if (refusalOf(call, progress.count) !== null) return 'RATE_LIMIT_EXCEEDED';
      progress.count = countCall(call, progress.count);
      await runCall(run, plan, call);
    }
    return null;
  });
  return end ?? 'RATE_LIMIT_EXCEEDED';
}

/** A call that fails tells the model so, and the run goes on. */
async function runCall(run: AgentRunInput, { depth }: RunPlan, call: AskedCall): Promise<void> {
  const { callId, childRunId, tool, lane } = call;
  const answerWith = (code: string) => database.recordAgentCallFailure({ ...run, callId, code });
  if (childRunId !== null) {
    const ask = () => askAgent({ tenantId: run.tenantId, runId: childRunId });
    return agentAsTool({ depth, most: MAX_RUN_DEPTH, ask, failureOf: childFailure, answerWith });
  }
  try {
    const activity = (lane === 'search' ? searchTools : databaseTools)[tool];
    if (!activity) throw ApplicationFailure.nonRetryable(`There is no activity ${tool}`, 'NOT_FOUND');
    await activity({ ...run, callId });
  } catch (error) {
    await answerWith(failureCode(error));
  }
}

async function askAgent(child: AgentRunInput): Promise<void> {
  await executeChild(agentRunWorkflow, {
    workflowId: agentRunWorkflowId(child),
    args: [child],
    workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
    typedSearchAttributes: searchAttributes({ tenantId: child.tenantId, kind: 'agent-run' }),
  });
}

/** A run ends its own failures; one that was terminated or broke is an answer that did not come. */
function childFailure(error: unknown): string {
  if (isCancellation(error) || !(error instanceof ChildWorkflowFailure)) throw error;
  return 'INTERNAL_ERROR';
}

/** The chain of models, and once more a little later when that may help. A string is a code of the error table. */
async function askPatiently(
  run: AgentRunInput,
  { providers, retryAfterMs }: RunPlan,
  at: { step: number; mode: RunMode },
): Promise<RunStep | string> {
  const ask = () => askChain<RunStep>(providers, (provider) => language.askRunModel({ ...run, ...at, provider }));
  const first = await ask();
  if (first.answer) return first.answer;
  if (!isWorthWaiting(first.codes)) return reasonOf(first.codes);
  await sleep(retryAfterMs);
  const second = await ask();
  return second.answer ?? reasonOf(second.codes);
}
