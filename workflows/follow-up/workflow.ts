import { condition, continueAsNew, proxyActivities, setHandler, workflowInfo } from '@temporalio/workflow';
import type { FollowUpActivities } from '../../activities/follow-up';
import { DATABASE_ACTIVITY } from '../shared/queues';
import { followUpChanged } from './messages';
import type { FollowUpInput } from './types';

const database = proxyActivities<FollowUpActivities>(DATABASE_ACTIVITY);

/** Waits for the time of one follow-up and sends it then. The row decides; a signal only wakes. */
export async function followUpWorkflow(input: FollowUpInput): Promise<void> {
  let hasChanged = false;
  setHandler(followUpChanged, () => {
    hasChanged = true;
  });
  for (;;) {
    // Before the look, so that a change during it is looked at again.
    hasChanged = false;
    const { waitMs } = await database.sendFollowUpWhenDue(input);
    if (waitMs === 0) return;
    await condition(() => hasChanged, waitMs);
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof followUpWorkflow>(input);
  }
}
