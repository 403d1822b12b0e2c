import { proxyActivities } from '@temporalio/workflow';
import type { MemoryActivities } from '../../activities/memory';
import { DATABASE_ACTIVITY, providerActivity, QUEUES } from '../shared/queues';
import { waitForActivity, waitForAnswer } from '../shared/wait-for-provider';
import type { ExtractFactsInput } from './types';

const database = proxyActivities<MemoryActivities>(DATABASE_ACTIVITY);
const language = proxyActivities<MemoryActivities>(providerActivity(QUEUES.language, 60_000));
const embeddings = proxyActivities<MemoryActivities>(providerActivity(QUEUES.embeddings, 60_000));

/**
 * The facts in messages of one contact, stored and embedded: asked for once, repaired once if the answer has the wrong form.
 * Providers that are down are waited for.
 *
 * @returns their ids
 * @throws ApplicationFailure with a code of the error table
 */
export async function findFacts({ tenantId, messageIds }: ExtractFactsInput): Promise<string[]> {
  const { messageIds: read, providers } = await database.planFacts({ tenantId, messageIds });
  if (read.length === 0) return [];
  const { factIds } = await waitForAnswer(providers, (asked) =>
    language.extractFacts({ tenantId, messageIds: read, ...asked }),
  );
  if (factIds.length > 0) await waitForActivity(() => embeddings.embedFacts({ tenantId, factIds }));
  return factIds;
}
