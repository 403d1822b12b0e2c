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

/**
 * The shape of a text turn with two tools and nothing in it. On its own queue: prepare, a tool, write the reply; on another:
 * memory, model, a tool that searches, model; the tools side by side, and the sign that somebody is typing, which nobody waits for.
 */
export async function bareTurnWorkflow(id: string, secondQueue: string): Promise<string> {
  const own = proxyActivities<BareActivities>({ startToCloseTimeout: '15s' });
  const other = proxyActivities<BareActivities>({ startToCloseTimeout: '45s', taskQueue: secondQueue });
  await own.first(id);
  void other.second(id);
  await other.second(id);
  await other.second(id);
  await Promise.all([own.first(id), other.second(id)]);
  await other.second(id);
  return own.first(id);
}
