import { availableParallelism } from 'node:os';
import { QUEUES, type QueueName } from '../workflows/shared/queues';

/** Provider calls at once in one worker process (design, section 3): a provider that hangs holds no more than these. */
const PROVIDER_CALLS = 10;

/** The bulkhead of each queue in one process. */
export function concurrencyOf(queue: QueueName): number {
  switch (queue) {
    case QUEUES.workflows:
      return 50;
    case QUEUES.vision:
    case QUEUES.speechGroq:
    case QUEUES.speechOpenai:
    case QUEUES.documents:
    case QUEUES.language:
    case QUEUES.embeddings:
    case QUEUES.recall:
    case QUEUES.bulk:
      return PROVIDER_CALLS;
    case QUEUES.media:
      return availableParallelism();
    case QUEUES.channel:
      return 20;
  }
}
