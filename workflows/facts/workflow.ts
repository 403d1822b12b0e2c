import { ApplicationFailure, proxyActivities } from '@temporalio/workflow';
import type { MemoryActivities } from '../../activities/memory';
import { failureCode, failureMessage } from '../shared/failures';
import { DATABASE_ACTIVITY, providerActivity, QUEUES } from '../shared/queues';
import type { ExtractFactsInput, ExtractFactsResult } from './types';

const database = proxyActivities<MemoryActivities>(DATABASE_ACTIVITY);
const language = proxyActivities<MemoryActivities>(providerActivity(QUEUES.language, 60_000));
const embeddings = proxyActivities<MemoryActivities>(providerActivity(QUEUES.embeddings, 60_000));

/** What the customer said becomes facts: asked for once, repaired once if the answer has the wrong form, then stored. */
export async function extractFactsWorkflow({ tenantId, messageIds }: ExtractFactsInput): Promise<ExtractFactsResult> {
  const plan = await database.planFacts({ tenantId, messageIds });
  if (plan.messageIds.length === 0) return { factIds: [] };
  const factIds = await askEachProvider({ tenantId, messageIds: plan.messageIds, providers: plan.providers });
  if (factIds.length > 0) await embeddings.embedFacts({ tenantId, factIds });
  return { factIds };
}

async function askEachProvider({
  tenantId,
  messageIds,
  providers,
}: ExtractFactsInput & { providers: string[] }): Promise<string[]> {
  let last = { code: 'PROVIDER_NOT_CONFIGURED', message: 'No language model is configured' };
  for (const provider of providers) {
    try {
      const first = await language.extractFacts({ tenantId, messageIds, provider });
      if (first.isValid) return first.factIds;
      const repaired = await language.extractFacts({ tenantId, messageIds, provider, problem: first.problem });
      if (repaired.isValid) return repaired.factIds;
      last = { code: 'MODEL_OUTPUT_INVALID', message: repaired.problem };
    } catch (error) {
      last = { code: failureCode(error), message: failureMessage(error) };
    }
  }
  throw ApplicationFailure.nonRetryable(last.message, last.code);
}
