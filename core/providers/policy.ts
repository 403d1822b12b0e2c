import {
  BrokenCircuitError,
  CircuitState,
  circuitBreaker,
  ConsecutiveBreaker,
  handleWhen,
  type CircuitBreakerPolicy,
} from 'cockatiel';
import { AppError, isAppError, type ErrorCode } from '../errors';
import { timeoutError } from './call';
import { withDeadline } from './deadline';

export type BreakerState = 'closed' | 'open' | 'half_open';

export interface CallPolicy {
  /**
   * One attempt: breaker, then timeout, then `fn`. Retries are Temporal's.
   *
   * @param providerName whose breaker it is; with the operation (`openai speech`), so that a provider whose language model is
   * down still transcribes
   * @param fn gets a signal that aborts with the caller's and when the time is up
   * @throws AppError BREAKER_OPEN without calling, PROVIDER_TIMEOUT, or whatever `fn` throws
   */
  run<T>(
    providerName: string,
    timeoutMs: number,
    signal: AbortSignal,
    fn: (signal: AbortSignal) => Promise<T>,
  ): Promise<T>;
  /** Per provider that was called since the process started. */
  states(): Record<string, BreakerState>;
}

/** What says that the provider, and not the request, is at fault. A corrupt file or a blocked prompt does not. */
const PROVIDER_FAULTS: readonly ErrorCode[] = [
  'PROVIDER_RATE_LIMITED',
  'PROVIDER_UNAVAILABLE',
  'PROVIDER_TIMEOUT',
  'PROVIDER_AUTH',
  'PROVIDER_QUOTA',
];

function isProviderFault(error: unknown): boolean {
  return isAppError(error) && PROVIDER_FAULTS.includes(error.code);
}

function createBreaker({ consecutiveFailures, halfOpenAfterMs }: BreakerSettings): CircuitBreakerPolicy {
  const breaker: CircuitBreakerPolicy = circuitBreaker(
    // A probe that the caller cancelled proves nothing, so it must not close the circuit.
    handleWhen((error) => isProviderFault(error) || breaker.state === CircuitState.HalfOpen),
    { breaker: new ConsecutiveBreaker(consecutiveFailures), halfOpenAfter: halfOpenAfterMs },
  );
  return breaker;
}

export interface BreakerSettings {
  /** So many provider faults in a row open the circuit. */
  consecutiveFailures: number;
  /** After this time one call is let through; its outcome closes the circuit or keeps it open as long again. */
  halfOpenAfterMs: number;
}

function openError(providerName: string): AppError {
  return new AppError('BREAKER_OPEN', `${providerName} failed several times in a row and is left alone for a while`, {
    details: { provider: providerName },
  });
}

function stateName(state: CircuitState): BreakerState {
  if (state === CircuitState.Closed) return 'closed';
  return state === CircuitState.HalfOpen ? 'half_open' : 'open';
}

/** Breaker and timeout round single provider calls. The breakers' state belongs to this process. */
export function createCallPolicy(settings: { breaker: BreakerSettings }): CallPolicy {
  const breakers = new Map<string, CircuitBreakerPolicy>();
  const breakerOf = (name: string): CircuitBreakerPolicy => {
    const breaker = breakers.get(name) ?? createBreaker(settings.breaker);
    breakers.set(name, breaker);
    return breaker;
  };

  return {
    async run(providerName, timeoutMs, signal, fn) {
      const breaker = breakerOf(providerName);
      // cockatiel would queue callers behind the probe; they are better off with the next provider at once.
      if (breaker.state === CircuitState.HalfOpen) throw openError(providerName);

      const attempt = async () => {
        try {
          const value = await withDeadline(
            { signal, timeoutMs },
            { onTimeout: () => timeoutError(providerName, timeoutMs), call: fn },
          );
          return { value };
        } catch (error) {
          if (signal.aborted || isProviderFault(error)) throw error;
          // The provider answered, so for the breaker this is a success.
          return { error };
        }
      };
      const outcome = await breaker.execute(attempt).catch((error: unknown) => {
        throw error instanceof BrokenCircuitError ? openError(providerName) : error;
      });
      if ('error' in outcome) throw outcome.error;
      return outcome.value;
    },
    states() {
      return Object.fromEntries([...breakers].map(([name, breaker]) => [name, stateName(breaker.state)]));
    },
  };
}
