import { activityInfo, cancellationSignal, Context, heartbeat } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory, CancelledFailure, TemporalFailure } from '@temporalio/common';
import { isDatabaseDown } from '../core/database';
import { AppError, isAppError } from '../core/errors';
import { createLogger } from '../core/logging/logger';
import { scrub, scrubJson } from '../core/logging/scrub';

/** Four beats fit into the 20 s after which the server gives an activity up; the SDK throttles the rest. */
const HEARTBEAT_INTERVAL_MS = 5_000;

/** Causes are logged only when somebody asks for debugging. */
const logger = createLogger('activities');

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
  const { workflowExecution, activityId, isLocal } = activityInfo();
  const workflowId = workflowExecution?.workflowId ?? '';
  const runId = workflowExecution?.runId ?? '';
  return {
    // Local activities are numbered by themselves.
    activityKey: `${workflowId}/${runId}/${isLocal ? 'local-' : ''}${activityId}`,
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

/**
 * A failure as the workflow's history may keep it: code, our own sentence, `details`. Never the cause or the words of an
 * error we do not know: they may repeat what a customer wrote, and histories outlive deletions. Those go to the log.
 */
function toFailure(error: unknown): unknown {
  if (Context.current().cancellationSignal.aborted) return new CancelledFailure('The activity was cancelled');
  if (error instanceof TemporalFailure) return error;
  const known = isAppError(error) ? error : unforeseen(error);
  logger.debug({ code: known.code, err: known.cause }, 'an activity failed');
  return ApplicationFailure.create({
    type: known.code,
    message: scrub(known.message),
    // Nobody knows whether what nobody foresaw lasts, so it is tried again.
    nonRetryable: isAppError(error) && known.retryClass !== 'transient',
    nextRetryDelay: known.retryAfterMs,
    category: known.retryClass === 'expected' ? ApplicationFailureCategory.BENIGN : undefined,
    details: [scrubJson(known.details)],
  });
}

function unforeseen(error: unknown): AppError {
  if (isDatabaseDown(error)) return new AppError('DATABASE_ERROR', 'The database does not answer', { cause: error });
  // Where it happened, without its words.
  const place = error instanceof Error ? error.stack?.match(/^ +at .*$/gm)?.slice(0, 10) : undefined;
  const activity = activityInfo().activityType;
  const kind = error instanceof Error ? error.name : typeof error;
  // A code (SQLSTATE, of Prisma, of the system) tells what happened and holds nobody's words.
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  logger.error({ activity, kind, code, place }, 'an activity met an unforeseen error');
  return new AppError('INTERNAL_ERROR', 'Unexpected error; the log of the worker says more', { cause: error });
}
