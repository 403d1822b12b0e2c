import {
  BrokenCircuitError,
  CircuitState,
  circuitBreaker,
  ConsecutiveBreaker,
  handleWhen,
  type CircuitBreakerPolicy,
} from 'cockatiel';
import { AppError, isAppError, type ErrorCode } from '../../errors';

export type BreakerState = 'closed' | 'open' | 'half_open';

export interface BreakerSettings {
  /** So many provider faults in a row open the circuit. */
  consecutiveFailures: number;
  /** After this time one call is let through; its outcome closes the circuit or keeps it open as long again. */
  halfOpenAfterMs: number;
}

/** What says that the provider, and not the request, is at fault. A corrupt file or a blocked prompt does not. */
const PROVIDER_FAULTS: readonly ErrorCode[] = [
  'PROVIDER_RATE_LIMITED',
  'PROVIDER_UNAVAILABLE',
  'PROVIDER_TIMEOUT',
  'PROVIDER_AUTH',
  'PROVIDER_QUOTA',
  'CHANNEL_UNAVAILABLE',
];

export function isProviderFault(error: unknown): error is AppError {
  return isAppError(error) && PROVIDER_FAULTS.includes(error.code);
}

export interface Breaker {
  /** @throws AppError BREAKER_OPEN without calling, or what `call` throws */
  run<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T>;
  /** @throws AppError BREAKER_OPEN when a call would not be let through now */
  refuseIfOpen(): void;
  readonly state: BreakerState;
  /** When it came into this state. */
  readonly since: Date;
}

export interface BreakerOptions {
  /** What opens the circuit. Those of providers, unless given. */
  isFault?: (error: unknown) => boolean;
  /** What a call that is turned away gets. */
  openError?: () => AppError;
  /** Told after each change of state. */
  onChange?: () => void;
}

/** The circuit of one operation of one provider. */
export function createBreaker(name: string, settings: BreakerSettings, options: BreakerOptions = {}): Breaker {
  const { isFault = isProviderFault, openError = () => breakerOpen(name), onChange = () => {} } = options;
  const breaker: CircuitBreakerPolicy = circuitBreaker(
    // A probe that the caller cancelled proves nothing, so it must not close the circuit.
    handleWhen((error) => isFault(error) || breaker.state === CircuitState.HalfOpen),
    {
      breaker: new ConsecutiveBreaker(settings.consecutiveFailures),
      halfOpenAfter: settings.halfOpenAfterMs,
    },
  );
  let since = new Date();
  breaker.onStateChange(() => {
    since = new Date();
    onChange();
  });
  /** Until then an open circuit lets nobody through. */
  let probesFromMs = 0;
  breaker.onBreak(() => (probesFromMs = Date.now() + settings.halfOpenAfterMs));

  const refuseIfOpen = (): void => {
    // The library would queue callers behind the probe; they are better off with the next provider at once.
    const isProbing = breaker.state === CircuitState.HalfOpen;
    const isOpen = breaker.state === CircuitState.Open && Date.now() < probesFromMs;
    if (isProbing || isOpen) throw openError();
  };

  return {
    get state() {
      return stateName(breaker.state);
    },
    get since() {
      return since;
    },
    refuseIfOpen,
    async run(signal, call) {
      refuseIfOpen();
      const attempt = async () => {
        try {
          return { value: await call() };
        } catch (error) {
          if (signal.aborted || isFault(error)) throw error;
          // The provider answered, so for the breaker this is a success.
          return { error };
        }
      };
      const outcome = await breaker.execute(attempt).catch((error: unknown) => {
        throw error instanceof BrokenCircuitError ? openError() : error;
      });
      if ('error' in outcome) throw outcome.error;
      return outcome.value;
    },
  };
}

function breakerOpen(name: string): AppError {
  return new AppError('BREAKER_OPEN', `${name} failed several times in a row and is left alone for a while`, {
    details: { provider: name },
  });
}

function stateName(state: CircuitState): BreakerState {
  if (state === CircuitState.Closed) return 'closed';
  return state === CircuitState.HalfOpen ? 'half_open' : 'open';
}
