import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 50;
/** Longer than a busy machine needs for anything that a test waits for, and less than mocha gives a test. */
const LIMIT_MS = 90_000;

/**
 * Waits until `look` finds something, for what happens in the background.
 *
 * @param what named when it never comes
 */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  timeoutMs = LIMIT_MS,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for: ${what}`);
    await sleep(POLL_MS);
  }
}
