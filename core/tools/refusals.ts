import { isAppError, type AppError } from '../errors';

/** Whether a tool refused for good (no such ticket, too much output): the model reads why. Anything else may succeed later. */
export function isRefusalForGood(error: unknown): error is AppError {
  return isAppError(error) && error.retryClass !== 'transient' && error.code !== 'INTERNAL_ERROR';
}
