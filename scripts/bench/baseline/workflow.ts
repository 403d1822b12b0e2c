import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';

interface BareActivities {
  first(id: string): Promise<string>;
  second(id: string): Promise<void>;
}

/** What a bare workflow is given: an id that travels as the product's do, the other queue, and how it takes its short steps. */
export interface BareInput {
  id: string;
  secondQueue: string;
  /** The steps that the product takes inside a workflow task are taken there. */
  atOnce: boolean;
}

const own = proxyActivities<BareActivities>({ startToCloseTimeout: '15s' });
const local = proxyLocalActivities<BareActivities>({ startToCloseTimeout: '5s' });

function stepsOf({ secondQueue, atOnce }: BareInput) {
  const other = proxyActivities<BareActivities>({ startToCloseTimeout: '45s', taskQueue: secondQueue });
  return { other, short: atOnce ? local : own };
}

/** The steps of an image's enrichment and nothing in them: one on the workflow's own queue, one on another. */
export async function bareWorkflow(input: BareInput): Promise<void> {
  const { short, other } = stepsOf(input);
  await other.second(await short.first(input.id));
}

/**
 * The steps of a text turn with two tools and nothing in them. On its own queue: prepare, a tool, write the reply; on another:
 * memory, model, a tool that searches, model; the tools side by side, and the sign that somebody is typing, which nobody waits for.
 */
export async function bareTurnWorkflow(input: BareInput): Promise<string> {
  const { short, other } = stepsOf(input);
  const { id } = input;
  await short.first(id);
  // The product searches memory while it prepares the turn, and shows the sign while it asks the model: no steps of their own.
  if (!input.atOnce) {
    void other.second(id);
    await other.second(id);
  }
  await other.second(id);
  await Promise.all([own.first(id), other.second(id)]);
  await other.second(id);
  return short.first(id);
}
