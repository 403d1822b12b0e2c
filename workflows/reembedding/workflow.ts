import { ApplicationFailure, continueAsNew, proxyActivities, setHandler, sleep } from '@temporalio/workflow';
import type { ReembeddingActivities } from '../../activities/reembedding';
import { DATABASE_ACTIVITY, providerActivity, QUEUES } from '../shared/queues';
import { waitForActivity } from '../shared/wait-for-provider';
import { getReembeddingProgress } from './messages';
import type { ReembeddingInput, ReembeddingProgress } from './types';

const bulk = proxyActivities<ReembeddingActivities>(providerActivity(QUEUES.bulk, 120_000));
const database = proxyActivities<ReembeddingActivities>(DATABASE_ACTIVITY);

/** Between two steps of a hundred texts: the provider's limits are shared with those who wait for an answer. */
const STEP_PAUSE = '1s';
/** An embedding that began before the switch has stored its vectors by then. */
const CATCH_UP_WAIT = '90s';
const MAX_STEPS_PER_RUN = 500;

/**
 * Makes all vectors of a tenant again with another model. Searches go on with the old ones until every text has a new one,
 * then change over in one transaction; what was stored meanwhile is caught up on, and the old vectors go.
 */
export async function reembeddingWorkflow(input: ReembeddingInput): Promise<ReembeddingProgress> {
  const { tenantId, reembeddingId } = input;
  const ref = { tenantId, reembeddingId };
  const progress: ReembeddingProgress = input.progress ?? { phase: 'embedding', documentsDone: 0, documentsTotal: 0 };
  setHandler(getReembeddingProgress, () => progress);
  let steps = 0;
  const goOn = async () => {
    steps += 1;
    if (steps >= MAX_STEPS_PER_RUN) await continueAsNew<typeof reembeddingWorkflow>({ ...input, progress });
  };
  try {
    while (progress.phase === 'embedding' || progress.phase === 'catching_up') {
      const step = await waitForActivity(() => bulk.reembedNext(ref));
      if (step.isCancelled) return Object.assign(progress, { phase: 'cancelled' as const });
      progress.documentsDone = step.documentsDone;
      progress.documentsTotal = step.documentsTotal;
      if (!step.isDone) await sleep(STEP_PAUSE);
      else if (progress.phase === 'catching_up') progress.phase = 'cleaning';
      else if ((await database.switchModel(ref)).isSwitched) {
        progress.phase = 'catching_up';
        await sleep(CATCH_UP_WAIT);
      }
      await goOn();
    }
    while (progress.phase === 'cleaning') {
      if ((await database.dropOldVectors(ref)).isDone) progress.phase = 'done';
      await goOn();
    }
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    await database.endReembedding({ ...ref, errorCode: error.type ?? 'INTERNAL_ERROR' });
    throw error;
  }
  await database.endReembedding(ref);
  return progress;
}
