import { activityInfo, cancellationSignal, Context, heartbeat } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory, CancelledFailure } from '@temporalio/common';
import { isAppError } from '../core/errors';

/** Four beats fit into the 20 s after which the server gives an activity up; the SDK throttles the rest. */
const HEARTBEAT_INTERVAL_MS = 5_000;

/** What one attempt of an activity knows of itself. */
export interface Attempt {
  /** Names the activity, not the attempt, so that a retry finds what an earlier attempt reserved or started. */
  activityKey: string;
  signal: AbortSignal;
  onProgress: (detail?: unknown) => void;
  workflowId: string;
  runId: string;
}

/** The attempt that is running. Only within `asActivity`. */
export function currentAttempt(): Attempt {
  const { workflowExecution, activityId } = activityInfo();
  const workflowId = workflowExecution?.workflowId ?? '';
  const runId = workflowExecution?.runId ?? '';
  return {
    activityKey: `${workflowId}/${runId}/${activityId}`,
    signal: cancellationSignal(),
    onProgress: (detail) => heartbeat(detail),
    workflowId,
    runId,
  };
}

/**
 * Makes activities of core functions: beats while they run, and turns our errors into Temporal failures by the error
 * table. This is the only place where the two meet.
 */
export function asActivities<A extends Record<string, (args: never) => Promise<unknown>>>(functions: A): A {
  return Object.fromEntries(Object.entries(functions).map(([name, run]) => [name, asActivity(run)])) as A;
}

function asActivity<Args, Result>(run: (args: Args) => Promise<Result>): (args: Args) => Promise<Result> {
  return async (args) => {
    const needsBeats = activityInfo().heartbeatTimeoutMs !== undefined;
    const timer = needsBeats ? setInterval(() => heartbeat(), HEARTBEAT_INTERVAL_MS) : undefined;
    try {
      return await run(args);
    } catch (error) {
      throw toFailure(error);
    } finally {
      clearInterval(timer);
    }
  };
}

function toFailure(error: unknown): unknown {
  if (Context.current().cancellationSignal.aborted) return new CancelledFailure('The activity was cancelled');
  if (!isAppError(error)) return error;
  return ApplicationFailure.create({
    type: error.code,
    message: error.message,
    nonRetryable: error.retryClass !== 'transient',
    nextRetryDelay: error.retryAfterMs,
    category: error.retryClass === 'expected' ? ApplicationFailureCategory.BENIGN : undefined,
    details: [error.details],
    cause: error,
  });
}
