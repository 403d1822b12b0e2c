import type { ActivityOptions } from '@temporalio/workflow';

/**
 * One queue per kind of trouble, so that a provider that hangs fills its own queue and starves nobody else.
 * The version suffix changes when a queue's activities change in a way old workers cannot serve.
 */
export const QUEUES = {
  /** Workflow tasks and short database activities: on one queue, so that the activities run eagerly. */
  workflows: 'workflows-v1',
  vision: 'vision-v1',
  speechGroq: 'speech-groq-v1',
  speechOpenai: 'speech-openai-v1',
  documents: 'documents-v1',
  language: 'language-v1',
  embeddings: 'embeddings-v1',
  /** Searches that a turn waits for: not behind batches of vectors that nobody waits for. */
  recall: 'recall-v1',
  /** ffmpeg and image work, in child processes. */
  media: 'media-v1',
  /** Sends and other external calls that are not a model. */
  channel: 'channel-v1',
  /** Imports and other long work that nobody waits for. */
  bulk: 'bulk-v1',
} as const;

export type QueueName = (typeof QUEUES)[keyof typeof QUEUES];

/** Which queue serves a speech provider, named as in a chain: `groq` or `groq/whisper-large-v3`. */
export function speechQueue(provider: string): QueueName {
  return provider.split('/')[0] === 'groq' ? QUEUES.speechGroq : QUEUES.speechOpenai;
}

/** Temporal owns retries: three attempts, exponential; a Retry-After of the provider overrides the interval. */
export const PROVIDER_RETRY = {
  maximumAttempts: 3,
  initialInterval: '1s',
  backoffCoefficient: 2,
  maximumInterval: '60s',
} as const satisfies ActivityOptions['retry'];

/** Database work is idempotent, so it is retried until the database is back. */
export const DATABASE_ACTIVITY = {
  taskQueue: QUEUES.workflows,
  startToCloseTimeout: '15s',
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '30s' },
  scheduleToCloseTimeout: '24h',
} as const satisfies ActivityOptions;

/** Somebody is waiting: after this a turn asks for a person instead, and a run of an agent says why it has no answer. */
export const TURN_ACTIVITY = { ...DATABASE_ACTIVITY, scheduleToCloseTimeout: '10m' } as const satisfies ActivityOptions;

/** What a turn reads from memory is worth two tries; a turn without it is better than no turn. */
export const RECALL_ACTIVITY = {
  taskQueue: QUEUES.recall,
  startToCloseTimeout: '30s',
  retry: { maximumAttempts: 2, initialInterval: '1s' },
} as const satisfies ActivityOptions;

/**
 * One attempt of a provider call. `startToCloseMs` is above the call's own timeout, so that the call ends first and says
 * why. The heartbeat tells within 20 s that a worker died; without it, that takes the whole startToClose.
 */
export function providerActivity(taskQueue: QueueName, startToCloseMs: number): ActivityOptions {
  return { taskQueue, startToCloseTimeout: startToCloseMs, heartbeatTimeout: '20s', retry: PROVIDER_RETRY };
}
