import { proxyActivities } from '@temporalio/workflow';
import type { MemoryActivities } from '../../activities/memory';
import { toFailure } from '../shared/failures';
import { DATABASE_ACTIVITY, providerActivity, QUEUES } from '../shared/queues';
import { waitForProvider, type Failure, type Outcome } from '../shared/wait-for-provider';
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
  const plan = await database.planFacts({ tenantId, messageIds });
  if (plan.messageIds.length === 0) return [];
  const factIds = await waitForProvider(() => askProviders({ tenantId, ...plan }));
  if (factIds.length > 0) await waitForProvider(() => embedFacts({ tenantId, factIds }));
  return factIds;
}

async function askProviders({
  tenantId,
  messageIds,
  providers,
}: ExtractFactsInput & { providers: string[] }): Promise<Outcome<string[]>> {
  let failure: Failure = { code: 'PROVIDER_NOT_CONFIGURED', message: 'No language model is configured' };
  for (const provider of providers) {
    try {
      const first = await language.extractFacts({ tenantId, messageIds, provider });
      if (first.isValid) return { result: first.factIds };
      const repaired = await language.extractFacts({ tenantId, messageIds, provider, problem: first.problem });
      if (repaired.isValid) return { result: repaired.factIds };
      failure = { code: 'MODEL_OUTPUT_INVALID', message: repaired.problem };
    } catch (error) {
      failure = toFailure(error);
    }
  }
  return { failure };
}

async function embedFacts(of: { tenantId: string; factIds: string[] }): Promise<Outcome<number>> {
  try {
    return { result: await embeddings.embedFacts(of) };
  } catch (error) {
    return { failure: toFailure(error) };
  }
}
