import { ApplicationFailure, sleep } from '@temporalio/workflow';
import { deferralMs, isWorthWaiting } from '../../core/enrichment/rules';
import { toFailure } from './failures';

export interface Failure {
  code: string;
  message: string;
}

/** What one round came to. */
type Outcome<T> = { result: T } | { failure: Failure };

/** 30 s, 2 min, 10 min, then every hour; for our own database always the first. */
const WAITS_MS = [30_000, 120_000, 600_000, 3_600_000];
const GIVE_UP_MS = 24 * 3_600_000;

/**
 * Runs `attempt` until it has a result. Between rounds it sleeps while the provider may come back, for a day at most;
 * work that nobody waits for is late then, not lost.
 */
async function waitForProvider<T>(attempt: () => Promise<Outcome<T>>): Promise<T> {
  let waitedMs = 0;
  for (let round = 0; ; round++) {
    const outcome = await attempt();
    if ('result' in outcome) return outcome.result;
    const { code, message } = outcome.failure;
    const deferral = { code, round, waitedMs, giveUpMs: GIVE_UP_MS };
    const waitMs = isWorthWaiting([code]) ? deferralMs(WAITS_MS, deferral) : null;
    if (waitMs === null) throw ApplicationFailure.nonRetryable(message, code);
    await sleep(waitMs);
    waitedMs += waitMs;
  }
}

/**
 * The result of an activity that needs a provider, which is waited for while it may come back.
 *
 * @throws ApplicationFailure with a code of the error table; what is not a failed activity
 */
export function waitForActivity<T>(run: () => Promise<T>): Promise<T> {
  return waitForProvider<T>(async () => {
    try {
      return { result: await run() };
    } catch (error) {
      return { failure: toFailure(error) };
    }
  });
}

type Unusable = { isValid: false; problem: string };

/**
 * Asks language models, the next one when one fails, for an answer of a form: one that has another form is asked once more,
 * with what was wrong. Models that are down are waited for.
 *
 * @throws ApplicationFailure with a code of the error table: that of the last model, PROVIDER_NOT_CONFIGURED without any
 */
export function waitForAnswer<Answer extends { isValid: true }>(
  providers: readonly string[],
  ask: (of: { provider: string; problem?: string }) => Promise<Answer | Unusable>,
): Promise<Answer> {
  return waitForProvider<Answer>(async () => {
    let failure: Failure = { code: 'PROVIDER_NOT_CONFIGURED', message: 'No language model is configured' };
    for (const provider of providers) {
      try {
        const first = await ask({ provider });
        if (first.isValid) return { result: first };
        const repaired = await ask({ provider, problem: first.problem });
        if (repaired.isValid) return { result: repaired };
        failure = { code: 'MODEL_OUTPUT_INVALID', message: repaired.problem };
      } catch (error) {
        failure = toFailure(error);
      }
    }
    return { failure };
  });
}
