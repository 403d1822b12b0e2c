import { proxyActivities } from '@temporalio/workflow';

interface BareActivities {
  first(id: string): Promise<string>;
  second(id: string): Promise<void>;
}

/** The shape of an image's enrichment and nothing in it: one activity on the workflow's own queue, one on another. */
export async function bareWorkflow(id: string, secondQueue: string): Promise<void> {
  const own = proxyActivities<BareActivities>({ startToCloseTimeout: '15s' });
  const other = proxyActivities<BareActivities>({ startToCloseTimeout: '45s', taskQueue: secondQueue });
  await other.second(await own.first(id));
}
