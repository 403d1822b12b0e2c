/** A long poll lasts up to 60 s, and Temporal lists a poller for 5 minutes after its last one. */
const POLLER_FRESH_MS = 70_000;

export interface QueuePollers {
  name: string;
  /** When each poller was last seen, in milliseconds since 1970. */
  lastSeen: number[];
}

/** Names of the queues at which no worker was seen lately, each once. */
export function missingPollers(queues: QueuePollers[], nowMs: number): string[] {
  const missing = queues.filter(({ lastSeen }) => !lastSeen.some((seenMs) => nowMs - seenMs < POLLER_FRESH_MS));
  return [...new Set(missing.map(({ name }) => name))];
}
