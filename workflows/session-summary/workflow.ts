import { proxyActivities } from '@temporalio/workflow';
import type { MemoryActivities } from '../../activities/memory';
import { toFailure } from '../shared/failures';
import { DATABASE_ACTIVITY, providerActivity, QUEUES } from '../shared/queues';
import { waitForProvider, type Failure, type Outcome } from '../shared/wait-for-provider';
import type { SessionSummaryInput, SessionSummaryResult } from './types';

const database = proxyActivities<MemoryActivities>(DATABASE_ACTIVITY);
const language = proxyActivities<MemoryActivities>(providerActivity(QUEUES.language, 60_000));
const embeddings = proxyActivities<MemoryActivities>(providerActivity(QUEUES.embeddings, 60_000));

/** What an ended session came to: asked for once, repaired once if the answer has the wrong form, stored, made searchable. */
export async function sessionSummaryWorkflow(input: SessionSummaryInput): Promise<SessionSummaryResult> {
  const { isWanted, providers } = await database.planSummary(input);
  if (!isWanted) return { isSummarized: false };
  await waitForProvider(() => askProviders(input, providers));
  await waitForProvider(() => embedSummary(input));
  return { isSummarized: true };
}

async function askProviders(of: SessionSummaryInput, providers: string[]): Promise<Outcome<true>> {
  let failure: Failure = { code: 'PROVIDER_NOT_CONFIGURED', message: 'No language model is configured' };
  for (const provider of providers) {
    try {
      const first = await language.summarizeSession({ ...of, provider });
      if (first.isValid) return { result: true };
      const repaired = await language.summarizeSession({ ...of, provider, problem: first.problem });
      if (repaired.isValid) return { result: true };
      failure = { code: 'MODEL_OUTPUT_INVALID', message: repaired.problem };
    } catch (error) {
      failure = toFailure(error);
    }
  }
  return { failure };
}

async function embedSummary(of: SessionSummaryInput): Promise<Outcome<number>> {
  try {
    return { result: await embeddings.embedSummary(of) };
  } catch (error) {
    return { failure: toFailure(error) };
  }
}
