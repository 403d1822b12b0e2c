import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 100;

/** Waits for `isTrue`, but no longer than `limitMs`: what is missing then, the checks of the case say. */
export async function until(isTrue: () => Promise<boolean>, limitMs: number): Promise<void> {
  for (const deadline = Date.now() + limitMs; Date.now() < deadline && !(await isTrue());) await sleep(POLL_MS);
}
