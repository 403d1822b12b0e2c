import { proxyActivities, sleep } from '@temporalio/workflow';
import type { ForgettingActivities } from '../../activities/forgetting';
import { toFailure } from '../shared/failures';
import { DATABASE_ACTIVITY, QUEUES } from '../shared/queues';
import type { ForgetContactInput } from './types';

const bulk = proxyActivities<ForgettingActivities>({
  taskQueue: QUEUES.bulk,
  startToCloseTimeout: '5m',
  heartbeatTimeout: '20s',
  scheduleToCloseTimeout: '24h',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '60s' },
});
const database = proxyActivities<ForgettingActivities>(DATABASE_ACTIVITY);

/** A turn that is under way is let finish; after this many looks, ten minutes in all, it is not waited for any more. */
const WAITS_MS = [500, 1_000, 2_000, 5_000, 10_000, ...Array.from({ length: 20 }, () => 30_000)];
/** Workflows that ended a moment ago are not listed at once. */
const LISTING_DELAY_MS = 2_000;

/** Removes what is remembered of one contact: rows first, then files, then the histories of its workflows. */
export async function forgetContactWorkflow(input: ForgetContactInput): Promise<void> {
  try {
    for (const waitMs of WAITS_MS) {
      if ((await bulk.quiesceContact(input)) === 0) break;
      await sleep(waitMs);
    }
    await bulk.eraseContact(input);
    await bulk.removeMediaFiles(input);
    await sleep(LISTING_DELAY_MS);
    await bulk.removeHistories(input);
  } catch (error) {
    await database.endErasure({ ...input, errorCode: toFailure(error).code });
    throw error;
  }
  await database.endErasure(input);
}
