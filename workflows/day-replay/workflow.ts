import { continueAsNew, executeChild, proxyActivities, setHandler, WorkflowIdReusePolicy } from '@temporalio/workflow';
import type { ReplayActivities } from '../../activities/replay';
import type { ReplayBatchRef, ReplayEnd } from '../../core/agents/replay/types';
import { DATABASE_ACTIVITY } from '../shared/queues';
import { searchAttributes } from '../shared/search-attributes';
import { turnReplayWorkflowId } from '../turn-replay/ids';
import { turnReplayWorkflow } from '../turn-replay/workflow';
import { getDayReplayProgress } from './messages';
import type { DayReplayInput, DayReplayProgress } from './types';

const database = proxyActivities<ReplayActivities>(DATABASE_ACTIVITY);

/** About forty events each. */
const MAX_ROUNDS_PER_RUN = 100;

/** The next turns would only meet the same cap. */
const ENDS_THE_DAY = ['BUDGET_EXCEEDED', 'BUDGET_DEFERRED'];

/** Replays the turns of a day, some side by side, until there are no more or a budget is spent. */
export async function dayReplayWorkflow(input: DayReplayInput): Promise<DayReplayProgress> {
  const { tenantId, batchId } = input;
  const ref = { tenantId, batchId };
  const progress: DayReplayProgress = input.progress ?? { phase: 'replaying', replayed: 0, failed: 0, changed: 0 };
  setHandler(getDayReplayProgress, () => progress);
  for (let round = 0; round < MAX_ROUNDS_PER_RUN; round++) {
    const replayIds = await database.takeTurns(ref);
    if (replayIds.length === 0) return end(ref, progress);
    const ends = await Promise.all(replayIds.map((replayId) => replayTurn(tenantId, replayId)));
    progress.failed += ends.filter(({ status }) => status === 'failed').length;
    progress.replayed += ends.filter(({ status }) => status === 'completed').length;
    progress.changed += ends.filter(({ isChanged }) => isChanged).length;
    const spent = ends.find(({ errorCode }) => errorCode !== null && ENDS_THE_DAY.includes(errorCode));
    if (spent?.errorCode) return end(ref, progress, spent.errorCode);
  }
  return continueAsNew<typeof dayReplayWorkflow>({ ...input, progress });
}

function replayTurn(tenantId: string, replayId: string): Promise<ReplayEnd> {
  return executeChild(turnReplayWorkflow, {
    workflowId: turnReplayWorkflowId({ tenantId, replayId }),
    workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
    args: [{ tenantId, replayId }],
    typedSearchAttributes: searchAttributes({ tenantId, kind: 'turn-replay' }),
  });
}

async function end(ref: ReplayBatchRef, progress: DayReplayProgress, errorCode?: string): Promise<DayReplayProgress> {
  await database.endBatch({ ...ref, ...(errorCode === undefined ? {} : { errorCode }) });
  progress.phase = errorCode === undefined ? 'done' : 'failed';
  return progress;
}
