import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits, or until `signal` aborts, which is no error: whoever waits looks at the signal.
 *
 * @param ref false for a wait that need not keep the process alive
 */
export async function pause(ms: number, signal: AbortSignal, { ref = true } = {}): Promise<void> {
  try {
    await sleep(ms, undefined, { signal, ref });
  } catch (error) {
    if (!(error instanceof Error && error.name === 'AbortError')) throw error;
  }
}
