import { proxyActivities } from '@temporalio/workflow';
import type { MemoryActivities } from '../../activities/memory';
import { toFailure } from '../shared/failures';
import { providerActivity, QUEUES } from '../shared/queues';
import { waitForProvider } from '../shared/wait-for-provider';
import type { EmbedMessagesInput } from './types';

const embeddings = proxyActivities<MemoryActivities>(providerActivity(QUEUES.embeddings, 60_000));

/** Makes messages, or a note, searchable. Vectors of another model would not compare, so it waits for its provider instead. */
export async function embedMessagesWorkflow(input: EmbedMessagesInput): Promise<{ embedded: number }> {
  return waitForProvider<{ embedded: number }>(async () => {
    try {
      const { tenantId, noteId } = input;
      const embedded = noteId ? embeddings.embedNote({ tenantId, noteId }) : embeddings.embedMessages(input);
      return { result: { embedded: await embedded } };
    } catch (error) {
      return { failure: toFailure(error) };
    }
  });
}
