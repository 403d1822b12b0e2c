import { proxyActivities } from '@temporalio/workflow';
import type { MemoryActivities } from '../../activities/memory';
import { providerActivity, QUEUES } from '../shared/queues';
import { waitForActivity } from '../shared/wait-for-provider';
import type { EmbedMessagesInput } from './types';

const embeddings = proxyActivities<MemoryActivities>(providerActivity(QUEUES.embeddings, 60_000));

/** Makes messages, or a note, searchable. Vectors of another model would not compare, so it waits for its provider instead. */
export async function embedMessagesWorkflow(input: EmbedMessagesInput): Promise<{ embedded: number }> {
  const { tenantId, noteId } = input;
  const embedded = await waitForActivity(() =>
    noteId ? embeddings.embedNote({ tenantId, noteId }) : embeddings.embedMessages(input),
  );
  return { embedded };
}
