import { proxyActivities } from '@temporalio/workflow';
import type { MemoryActivities } from '../../activities/memory';
import { DATABASE_ACTIVITY, providerActivity, QUEUES } from '../shared/queues';
import { waitForActivity, waitForAnswer } from '../shared/wait-for-provider';
import type { SessionSummaryInput, SessionSummaryResult } from './types';

const database = proxyActivities<MemoryActivities>(DATABASE_ACTIVITY);
const language = proxyActivities<MemoryActivities>(providerActivity(QUEUES.language, 60_000));
const embeddings = proxyActivities<MemoryActivities>(providerActivity(QUEUES.embeddings, 60_000));

/** What an ended session came to: asked for once, repaired once if the answer has the wrong form, stored, made searchable. */
export async function sessionSummaryWorkflow(input: SessionSummaryInput): Promise<SessionSummaryResult> {
  const { isWanted, providers } = await database.planSummary(input);
  if (!isWanted) return { isSummarized: false };
  await waitForAnswer(providers, (asked) => language.summarizeSession({ ...input, ...asked }));
  await waitForActivity(() => embeddings.embedSummary(input));
  return { isSummarized: true };
}
