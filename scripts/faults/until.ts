import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 100;

/** Waits for `isTrue`, but no longer than `limitMs`. @returns whether it came: false is for a check of the case to say */
export async function until(isTrue: () => Promise<boolean>, limitMs: number): Promise<boolean> {
  for (const deadline = Date.now() + limitMs; Date.now() < deadline; await sleep(POLL_MS)) {
    if (await isTrue()) return true;
  }
  return false;
}
