import { AppError } from '../errors';
import { providerError } from './classify';
import { withDeadline } from './deadline';
import type { CallOptions } from './ports';

/** The error of a call that was stopped because its time was up. */
export function timeoutError(provider: string, timeoutMs: number): AppError {
  return new AppError('PROVIDER_TIMEOUT', `${provider} did not answer within ${timeoutMs} ms`, {
    details: { provider },
  });
}

/**
 * One call of a provider's SDK: bounded by `timeoutMs`, stopped by the caller's signal, its failure classified. Every
 * adapter makes its requests through this, because SDK timeouts stop counting once the headers have arrived.
 *
 * @throws AppError of `providerError`, or the caller's abort reason
 */
export function callProvider<T>(
  provider: string,
  options: CallOptions,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return withDeadline(options, {
    onTimeout: () => timeoutError(provider, options.timeoutMs),
    call: async (signal) => {
      try {
        return await call(signal);
      } catch (error) {
        throw providerError(provider, error, signal);
      }
    },
  });
}
