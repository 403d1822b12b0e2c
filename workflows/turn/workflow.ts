import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  isCancellation,
  patched,
  proxyActivities,
  proxyLocalActivities,
  sleep,
} from '@temporalio/workflow';
import type { AgentActivities } from '../../activities/agent';
import type { SendingActivities } from '../../activities/sending';
import type { ToolActivities } from '../../activities/tools';
import {
  countCall,
  MAX_STEPS,
  refusalOf,
  sideBySide,
  type RequestedCall,
  type ToolCount,
} from '../../core/agents/limits';
import type { IntentVote, RouterName } from '../../core/agents/intents/types';
import type { HandOverReason, ModelStep, TurnPlan, TurnRef } from '../../core/agents/types';
import { isWorthWaiting } from '../../core/enrichment/rules';
import { boundedLoop } from '../patterns/bounded-loop';
import { agreement, inParallel } from '../patterns/consensus';
import { reflect } from '../patterns/reflection';
import { firstThat } from '../patterns/sequential';
import { AT_ONCE, atOnce } from '../shared/at-once';
import { failureCode } from '../shared/failures';
import { askChain } from '../shared/model-chain';
import { providerActivity, QUEUES, RECALL_ACTIVITY, TURN_ACTIVITY } from '../shared/queues';
import { approvals, type Approvals } from './approvals';
import type { TurnInput, TurnOutcome } from './types';

const database = proxyActivities<AgentActivities>(TURN_ACTIVITY);
const recall = proxyActivities<AgentActivities>(RECALL_ACTIVITY);
const local = proxyLocalActivities<AgentActivities>(AT_ONCE);

/** What every turn does in the database, whatever its model says. */
const stepsAsActivities = {
  prepareTurn: database.prepareTurn,
  recallMemory: recall.recallMemory,
  writeReply: database.writeReply,
};
type Steps = Pick<AgentActivities, keyof typeof stepsAsActivities>;
const stepsAtOnce: Steps = {
  prepareTurn: atOnce(local.prepareTurn, database.prepareTurn),
  recallMemory: atOnce(local.recallMemory, recall.recallMemory),
  writeReply: atOnce(local.writeReply, database.writeReply),
};

const language = proxyActivities<AgentActivities>(providerActivity(QUEUES.language, 45_000));
const channel = proxyActivities<SendingActivities>({
  taskQueue: QUEUES.channel,
  scheduleToCloseTimeout: '10s',
  startToCloseTimeout: '5s',
  retry: { maximumAttempts: 1 },
});
/** The tools write only to the database, each idempotent by its call id. */
const databaseTools = proxyActivities<ToolActivities>(TURN_ACTIVITY);
const searchTools = proxyActivities<ToolActivities>(RECALL_ACTIVITY);

/**
 * One turn of the agent: gather context, ask the model, run its tools one visible activity each, write the reply behind
 * the hand-over fence. When that cannot be done, it hands over to a person with an honest line instead of going silent.
 */
export async function turnWorkflow({ tenantId, turnId, atOnce: isAtOnce }: TurnInput): Promise<TurnOutcome> {
  const turn = { tenantId, turnId };
  const outcome = await answerTurn(turn, {
    waiting: approvals(turn, database),
    steps: isAtOnce ? stepsAtOnce : stepsAsActivities,
  });
  // Whoever decided about a call in the last moment is told what came of it.
  await condition(allHandlersFinished);
  return outcome;
}

async function answerTurn(
  turn: TurnRef,
  { waiting, steps }: { waiting: Approvals; steps: Steps },
): Promise<TurnOutcome> {
  try {
    const plan = await refineIntent(turn, await steps.prepareTurn(turn));
    if (plan.handOver) return await database.handOver({ ...turn, reason: plan.handOver });
    if (plan.showsTyping) void showTyping(turn);
    if (!plan.isRecalled) await recallMemory(turn, plan.recallsAtOnce ? steps : stepsAsActivities);
    return await converse(turn, plan, { waiting, steps });
  } catch (error) {
    failureCode(error);
    return database.handOver({ ...turn, reason: 'internal_error' });
  }
}

/** Asks the configured routers while the intent is not sure, which may call for another agent. */
async function refineIntent(turn: TurnRef, plan: TurnPlan): Promise<TurnPlan> {
  const routers = plan.intentRouters ?? [];
  const refined = plan.intentVote
    ? await voteOnIntent(turn, routers, plan.intentVote)
    : await askInOrder(turn, routers);
  return { ...plan, ...refined };
}

/** A router that fails is as good as one that is not sure. */
function askInOrder(turn: TurnRef, routers: RouterName[]): Promise<TurnPlan | null> {
  return firstThat(routers, (router) => orNull(async () => (await language.refineIntent({ ...turn, router })) || null));
}

/** All at once, the first reading among them; what two of three agree on counts, and without an agreement nothing does. */
async function voteOnIntent(turn: TurnRef, routers: RouterName[], own: IntentVote): Promise<TurnPlan | null> {
  const votes = await inParallel(routers, (router) => orNull(() => language.voteIntent({ ...turn, router })));
  const [agreed] = agreement([own, ...votes], ({ intent }) => intent);
  return agreed ? database.settleIntent({ ...turn, votes: [own, ...votes], intent: agreed.intent }) : null;
}

/** Null for an activity that failed. */
async function orNull<Result>(run: () => Promise<Result>): Promise<Result | null> {
  try {
    return await run();
  } catch (error) {
    failureCode(error);
    return null;
  }
}

/** Beside the work and never waited for: an answer that comes is worth more than the sign that it will. */
async function showTyping(turn: TurnRef): Promise<void> {
  try {
    await channel.showTyping(turn);
  } catch (error) {
    if (!isCancellation(error)) failureCode(error);
  }
}

/** A turn goes on without memory, and its decision record says so. */
async function recallMemory(turn: TurnRef, steps: Steps): Promise<void> {
  try {
    await steps.recallMemory(turn);
  } catch (error) {
    const code = failureCode(error);
    if (patched('recall-degraded')) await database.recordRecallFailure({ ...turn, code });
  }
}

/** What a turn has used of its bounds (model calls, and tool calls), and the calls that wait for a person. */
interface Progress {
  rounds: number;
  count: ToolCount;
  waiting: Approvals;
}

/**
 * The model answers, and its answer is checked before it leaves: one that says what no tool did goes back to the model.
 * The second time the check itself hands over.
 */
async function converse(
  turn: TurnRef,
  plan: TurnPlan,
  { waiting, steps }: { waiting: Approvals; steps: Steps },
): Promise<TurnOutcome> {
  const progress: Progress = { rounds: 0, count: { total: 0, byFingerprint: {} }, waiting };
  const ended = await reflect<TurnOutcome, HandOverReason>({
    produce: () => untilAnswer(turn, plan, progress),
    check: async () => {
      const outcome = await steps.writeReply(turn);
      return outcome === 'rewrite' ? null : outcome;
    },
  });
  return 'outcome' in ended ? ended.outcome : database.handOver({ ...turn, reason: ended.failure });
}

/** Model and tools in turns until the model answers. Null when it did, else why a person must take over. */
async function untilAnswer(turn: TurnRef, plan: TurnPlan, progress: Progress): Promise<HandOverReason | null> {
  const end = await boundedLoop<HandOverReason | 'answered'>(progress, MAX_STEPS, async (step) => {
    const answer = await askModelPatiently(turn, step, plan);
    if (typeof answer === 'string') return answer;
    if (answer.kind === 'reply') return 'answered';
    const isWithin = await runTools(turn, step, answer.calls, progress);
    if (!isWithin) return 'tool_limit';
    return answer.needsApproval ? afterApproval(turn, step, progress) : null;
  });
  return end === 'answered' ? null : (end ?? 'tool_limit');
}

/** Runs what the caps allow, reads side by side. False: a call met one. */
async function runTools(turn: TurnRef, step: number, calls: RequestedCall[], progress: Progress): Promise<boolean> {
  const refused: { callId: string; rule: string }[] = [];
  const allowed: RequestedCall[] = [];
  for (const call of calls) {
    const rule = refusalOf(call, progress.count);
    if (rule !== null) refused.push({ callId: call.callId, rule });
    else allowed.push(call);
    progress.count = countCall(call, progress.count);
  }
  for (const together of sideBySide(allowed)) await Promise.all(together.map((call) => runTool(turn, step, call)));
  if (refused.length === 0) return true;
  await database.refuseCalls({ ...turn, step, callIds: refused.map(({ callId }) => callId), refused });
  return false;
}

/** The calls of a step that a person must allow, one after the other. Null: the model may go on with what came of them. */
async function afterApproval(turn: TurnRef, step: number, progress: Progress): Promise<HandOverReason | null> {
  for (const asked of await database.requestApprovals({ ...turn, step })) {
    const { call } = asked;
    if (refusalOf(call, progress.count) !== null) return 'tool_limit';
    progress.count = countCall(call, progress.count);
    const outcome = await progress.waiting.outcomeOf(asked);
    if (outcome === 'escalate') return 'needs_approval';
    if (outcome === 'run') await runTool(turn, step, call);
  }
  return null;
}

/**
 * A short storm of refusals opens the breaker for half a minute; handing every conversation over for that would be worse
 * than answering a little later.
 */
async function askModelPatiently(turn: TurnRef, step: number, plan: TurnPlan): Promise<ModelStep | HandOverReason> {
  const ask = () => askChain<ModelStep>(plan.providers, (provider) => language.callModel({ ...turn, step, provider }));
  const first = await ask();
  if (first.answer) return first.answer;
  // A spent budget is not raised within half a minute; one that calls under way hold may be free again by then.
  if (areAll(first.codes, ['BUDGET_EXCEEDED']) && patched('budget-hand-over')) return 'budget_exceeded';
  if (!isWorthWaiting(first.codes)) return 'model_unavailable';
  await sleep(plan.retryAfterMs);
  const second = await ask();
  return second.answer ?? (areAll(second.codes, BUDGET_CODES) ? 'budget_exceeded' : 'model_unavailable');
}

const BUDGET_CODES = ['BUDGET_EXCEEDED', 'BUDGET_DEFERRED'];

function areAll(codes: string[], wanted: string[]): boolean {
  return codes.length > 0 && codes.every((code) => wanted.includes(code));
}

/** A tool that fails tells the model so, and the turn goes on. */
async function runTool(turn: TurnRef, step: number, call: RequestedCall): Promise<void> {
  const args = { ...turn, step, callId: call.callId };
  try {
    await toolActivity(call)(args);
  } catch (error) {
    await database.recordToolFailure({ ...args, code: failureCode(error) });
  }
}

/** A tool is an activity of its own name. What the agent was not offered was refused when its answer was stored. */
function toolActivity({ tool, lane }: RequestedCall) {
  // Runs from before calls carried a lane knew one search.
  const isSearch = lane === undefined ? tool === 'search_memory' : lane === 'search';
  const run = (isSearch ? searchTools : databaseTools)[tool];
  if (!run) throw ApplicationFailure.nonRetryable(`There is no activity ${tool}`, 'NOT_FOUND');
  return run;
}
