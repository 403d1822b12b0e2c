import { proxyActivities, sleep } from '@temporalio/workflow';
import type { MemoryActivities } from '../../activities/memory';
import { deferralMs, isWorthWaiting } from '../../core/enrichment/rules';
import { failureCode } from '../shared/failures';
import { providerActivity, QUEUES } from '../shared/queues';
import type { EmbedMessagesInput } from './types';

const embeddings = proxyActivities<MemoryActivities>(providerActivity(QUEUES.embeddings, 60_000));

const DEFERRALS_MS = [30_000, 120_000, 600_000, 3_600_000];
const GIVE_UP_MS = 24 * 3_600_000;

/** Makes messages searchable. Vectors of another model would not compare, so it waits for its provider instead. */
export async function embedMessagesWorkflow(input: EmbedMessagesInput): Promise<{ stored: number }> {
  let waitedMs = 0;
  for (let round = 0; ; round++) {
    try {
      return { stored: await embeddings.embedMessages(input) };
    } catch (error) {
      const waitMs = deferralMs(DEFERRALS_MS, round, waitedMs, GIVE_UP_MS);
      if (!isWorthWaiting([failureCode(error)]) || waitMs === null) throw error;
      await sleep(waitMs);
      waitedMs += waitMs;
    }
  }
}
