import {
  ActivityFailure,
  ApplicationFailure,
  continueAsNew,
  proxyActivities,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import type { GraphProjectionActivities } from '../../activities/graph-projection';
import { DATABASE_ACTIVITY, QUEUES } from '../shared/queues';
import { getGraphProjectionProgress } from './messages';
import type { GraphProjectionInput, GraphProjectionProgress } from './types';

/** A step takes longer than other database work, and waits behind imports rather than before turns. */
const bulk = proxyActivities<GraphProjectionActivities>({
  ...DATABASE_ACTIVITY,
  taskQueue: QUEUES.bulk,
  startToCloseTimeout: '60s',
  heartbeatTimeout: '20s',
});
const database = proxyActivities<GraphProjectionActivities>(DATABASE_ACTIVITY);

/** Between two steps of a thousand rows: whoever searches shares the database. */
const STEP_PAUSE = '100ms';
const MAX_STEPS_PER_RUN = 500;

/**
 * Copies a tenant's graph to Apache AGE: vertices, then edges, then what is gone is removed. Searches do not read the copy, so
 * nothing waits for it; it is readable all the while, and may be made again at any time.
 */
export async function graphProjectionWorkflow(input: GraphProjectionInput): Promise<GraphProjectionProgress> {
  const { tenantId, projectionId } = input;
  const ref = { tenantId, projectionId };
  let progress: GraphProjectionProgress = input.progress ?? {
    phase: 'vertices',
    verticesDone: 0,
    edgesDone: 0,
    removed: 0,
  };
  setHandler(getGraphProjectionProgress, () => progress);
  try {
    for (let steps = 1; progress.phase !== 'done'; steps++) {
      progress = await bulk.projectNext(ref);
      if (progress.phase === 'done') break;
      if (steps >= MAX_STEPS_PER_RUN) await continueAsNew<typeof graphProjectionWorkflow>({ ...input, progress });
      await sleep(STEP_PAUSE);
    }
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    const errorCode = error.cause instanceof ApplicationFailure ? error.cause.type : null;
    await database.endProjection({ ...ref, errorCode: errorCode ?? 'INTERNAL_ERROR' });
    throw error;
  }
  await database.endProjection(ref);
  return progress;
}
