import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../core/errors';

const POLL_MS = 150;

/**
 * Looks again and again until there is something.
 *
 * @param what completes "waited in vain for …".
 * @throws AppError TIMEOUT after `limitMs`; the reason of `signal` when that is aborted
 */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined>,
  { signal, limitMs }: { signal: AbortSignal; limitMs: number },
): Promise<T> {
  const startedAt = Date.now();
  for (;;) {
    signal.throwIfAborted();
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() - startedAt > limitMs) {
      throw new AppError('TIMEOUT', `waited ${limitMs / 1000} s in vain for ${what}`);
    }
    await sleep(POLL_MS);
  }
}
