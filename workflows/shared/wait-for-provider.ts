import { ApplicationFailure, sleep } from '@temporalio/workflow';
import { deferralMs, isWorthWaiting } from '../../core/enrichment/rules';

export interface Failure {
  code: string;
  message: string;
}

/** What one round came to. */
export type Outcome<T> = { result: T } | { failure: Failure };

/** 30 s, 2 min, 10 min, then every hour. */
const WAITS_MS = [30_000, 120_000, 600_000, 3_600_000];
const GIVE_UP_MS = 24 * 3_600_000;

/**
 * Runs `attempt` until it has a result. Between rounds it sleeps while the provider may come back, for a day at most;
 * work that nobody waits for is late then, not lost.
 */
export async function waitForProvider<T>(attempt: () => Promise<Outcome<T>>): Promise<T> {
  let waitedMs = 0;
  for (let round = 0; ; round++) {
    const outcome = await attempt();
    if ('result' in outcome) return outcome.result;
    const { code, message } = outcome.failure;
    const waitMs = isWorthWaiting([code]) ? deferralMs(WAITS_MS, round, waitedMs, GIVE_UP_MS) : null;
    if (waitMs === null) throw ApplicationFailure.nonRetryable(message, code);
    await sleep(waitMs);
    waitedMs += waitMs;
  }
}
