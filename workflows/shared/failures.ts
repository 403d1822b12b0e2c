import { ActivityFailure, ApplicationFailure, isCancellation, TimeoutFailure } from '@temporalio/workflow';

/**
 * The code of our error table behind a failed activity. What is not a failed activity (a cancellation, a bug in workflow
 * code) is thrown on: it is no business outcome.
 */
export function failureCode(error: unknown): string {
  if (isCancellation(error)) throw error;
  if (!(error instanceof ActivityFailure)) throw error;
  if (error.cause instanceof ApplicationFailure) return error.cause.type ?? 'INTERNAL_ERROR';
  if (error.cause instanceof TimeoutFailure) return 'PROVIDER_TIMEOUT';
  return 'INTERNAL_ERROR';
}

/** A failed activity as code and message. @throws what is not a failed activity */
export function toFailure(error: unknown): { code: string; message: string } {
  return { code: failureCode(error), message: failureMessage(error) };
}

function failureMessage(error: unknown): string {
  return error instanceof ActivityFailure && error.cause ? error.cause.message : String(error);
}
