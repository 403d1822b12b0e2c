import { isGrpcServiceError } from '@temporalio/client';
import { AppError, errorMessage } from '../core/errors';

/** What to throw for an error of the client: WORKFLOWS_UNAVAILABLE when Temporal did not answer, else the error itself. */
export function asUnavailable(error: unknown): unknown {
  if (!isGrpcServiceError(error) && !(error instanceof Error && isGrpcServiceError(error.cause))) return error;
  return new AppError('WORKFLOWS_UNAVAILABLE', `Temporal does not answer: ${errorMessage(error)}`, { cause: error });
}
