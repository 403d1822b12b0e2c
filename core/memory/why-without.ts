import { errorMessage, isAppError } from '../errors';

/**
 * Why a search goes on without what a provider was asked for: it is down, the budget is spent, or it thought longer than the
 * search can wait.
 *
 * @param signal of the call; what `AbortSignal.timeout` ended is the provider's slowness, any other abort the caller's wish
 * @throws `error` where the search cannot go on: the database does not answer, the caller is gone, or it is our own mistake
 */
export function whyWithout(error: unknown, signal: AbortSignal): string {
  const isLate = signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError';
  if (isLate && error === signal.reason) return 'PROVIDER_TIMEOUT: no answer within the time that the search has';
  if (!isAppError(error) || error.code === 'DATABASE_ERROR') throw error;
  return `${error.code}: ${errorMessage(error)}`;
}
