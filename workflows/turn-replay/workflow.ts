import { proxyActivities } from '@temporalio/workflow';
import type { ReplayActivities } from '../../activities/replay';
import { countCall, MAX_STEPS, refusalOf, type RequestedCall, type ToolCount } from '../../core/agents/limits';
import type { ReplayEnd, ReplayRef } from '../../core/agents/replay/types';
import type { HandOverReason, ModelStep } from '../../core/agents/types';
import { boundedLoop } from '../patterns/bounded-loop';
import { reflect } from '../patterns/reflection';
import { failureCode } from '../shared/failures';
import { askChain, reasonOf } from '../shared/model-chain';
import { providerActivity, QUEUES, RECALL_ACTIVITY, TURN_ACTIVITY } from '../shared/queues';
import type { TurnReplayInput } from './types';

const database = proxyActivities<ReplayActivities>(TURN_ACTIVITY);
const language = proxyActivities<ReplayActivities>(providerActivity(QUEUES.language, 45_000));
const tools = proxyActivities<ReplayActivities>(RECALL_ACTIVITY);

/** Each with the code of why it gave no answer. */
class NoAnswer {
  constructor(readonly code: string) {}
}

/**
 * A past turn once more, with another prompt, model or agent: the same steps as `turnWorkflow`, but calls are answered from the
 * record or undone, and nothing is sent. Never fails: what went wrong is on the replay.
 */
export async function turnReplayWorkflow({ tenantId, replayId }: TurnReplayInput): Promise<ReplayEnd> {
  const ref = { tenantId, replayId };
  try {
    return await replay(ref);
  } catch (error) {
    return database.failReplay({ ...ref, errorCode: failureCode(error) });
  }
}

async function replay(ref: ReplayRef): Promise<ReplayEnd> {
  const { providers, handOver } = await database.planReplay(ref);
  const personFor = async (reason: HandOverReason) => ended(await database.finishReplay({ ...ref, reason }));
  if (handOver) return personFor(handOver);
  const progress = { rounds: 0, count: { total: 0, byFingerprint: {} } };
  const end = await reflect<ReplayEnd, HandOverReason | NoAnswer>({
    produce: () => untilAnswer(ref, providers, progress),
    check: () => database.finishReplay(ref),
  });
  if ('outcome' in end) return end.outcome;
  const { failure } = end;
  return failure instanceof NoAnswer ? database.failReplay({ ...ref, errorCode: failure.code }) : personFor(failure);
}

/** One that a person is asked for goes back to no model. */
function ended(end: ReplayEnd | null): ReplayEnd {
  if (!end) throw new TypeError('a replay that ended goes on');
  return end;
}

async function untilAnswer(
  ref: ReplayRef,
  providers: string[],
  progress: { rounds: number; count: ToolCount },
): Promise<HandOverReason | NoAnswer | null> {
  const end = await boundedLoop<HandOverReason | NoAnswer | 'answered'>(progress, MAX_STEPS, async (step) => {
    const answer = await askModel(ref, step, providers);
    if (answer instanceof NoAnswer) return answer;
    if (answer.kind === 'reply') return 'answered';
    for (const call of answer.calls) {
      if (refusalOf(call, progress.count) !== null) return 'tool_limit';
      progress.count = countCall(call, progress.count);
      await rehearse(ref, step, call);
    }
    return null;
  });
  return end === 'answered' ? null : (end ?? 'tool_limit');
}

async function askModel(ref: ReplayRef, step: number, providers: string[]): Promise<ModelStep | NoAnswer> {
  const { answer, codes } = await askChain<ModelStep>(providers, (provider) =>
    language.askModelAgain({ ...ref, step, provider }),
  );
  return answer ?? new NoAnswer(reasonOf(codes));
}

/** A call that fails tells the model so, and the replay goes on. */
async function rehearse(ref: ReplayRef, step: number, { callId }: RequestedCall): Promise<void> {
  try {
    await tools.rehearseCall({ ...ref, step, callId });
  } catch (error) {
    await database.failCall({ ...ref, step, callId, code: failureCode(error) });
  }
}
