import { isCancellation, TemporalFailure, type LocalActivityOptions } from '@temporalio/workflow';

/** Part of the input of a workflow that has such steps. */
export interface RunsAtOnce {
  /**
   * Set by whoever starts the workflow: its short steps of the database run inside its workflow tasks. Absent in starts of
   * older versions, whose histories have an activity for each. `patched` would say the same for two more events a run.
   */
  atOnce?: boolean;
}

/** One short try: what takes longer than a healthy database does is worth an activity of its own. */
export const AT_ONCE = {
  startToCloseTimeout: '5s',
  scheduleToCloseTimeout: '5s',
  retry: { maximumAttempts: 1 },
} as const satisfies LocalActivityOptions;

/**
 * A short step of the database inside the workflow task that asks for it, as a local activity: the server neither stores
 * nor dispatches it, which is most of what such a step costs. It is tried once, so that a database that is down holds no
 * workflow task. What failed is done by the ordinary activity, which Temporal retries until the database is back, and which
 * says why when no other try can end better.
 *
 * @param run the step, of `proxyLocalActivities` with `AT_ONCE`: idempotent, and served on the workflow's own queue
 * @param otherwise the same step, of `proxyActivities`
 */
export function atOnce<Args extends unknown[], Result>(
  run: (...args: Args) => Promise<Result>,
  otherwise: (...args: Args) => Promise<Result>,
): (...args: Args) => Promise<Result> {
  return async (...args) => {
    try {
      return await run(...args);
    } catch (error) {
      if (isCancellation(error) || !(error instanceof TemporalFailure)) throw error;
      return otherwise(...args);
    }
  };
}
