import { AppError, isAppError, type ErrorCode } from '../../errors';
import { timeoutError } from '../call';
import { withDeadline } from '../deadline';
import { retiredModelMessage } from '../models';
import type { CallOptions } from '../ports';
import { createBreaker, type Breaker, type BreakerSettings, type BreakerState } from './breaker';
import { createBulkhead, type Bulkhead } from './bulkhead';
import { limitsOf, type CallTarget } from './limits';
import type { CallState } from './state';

/** How one attempt ended. */
export interface CallAttempt {
  target: CallTarget;
  /** `OK`, a code of the table, `CANCELLED` when the caller gave up, or `UNKNOWN` for what is no error of ours. */
  code: ErrorCode | 'OK' | 'CANCELLED' | 'UNKNOWN';
  /** Waiting for a place included. */
  durationMs: number;
  waitedMs: number;
}

export interface CallPolicy {
  /**
   * One attempt at one call of a dependency: breaker, then bulkhead, then timeout, then `fn`. Retries are Temporal's, and
   * what to do instead is the caller's.
   *
   * @param fn gets the time it has and a signal that aborts with the caller's and when that time is up
   * @throws AppError BREAKER_OPEN or BULKHEAD_FULL without calling, PROVIDER_TIMEOUT, or whatever `fn` throws
   */
  run<T>(target: CallTarget, signal: AbortSignal, fn: (options: CallOptions) => Promise<T>): Promise<T>;
  /** `listener` hears of each circuit that opens, closes or lets a probe through. */
  onChange(listener: () => void): void;
  /** One for each operation of each provider that is expected or was called since the process started. */
  states(): CallState[];
}

export interface CallPolicyOptions {
  breaker?: BreakerSettings;
  onAttempt?: (attempt: CallAttempt) => void;
  /** Listed among the states before their first call. */
  expected?: CallTarget[];
}

/** A provider that fails five times in a row is left alone for half a minute. */
export const DEFAULT_BREAKER: BreakerSettings = { consecutiveFailures: 5, halfOpenAfterMs: 30_000 };

/** Circuits of accounts that nobody wrote to for long are forgotten beyond this number. */
const MAX_ACCOUNTS = 1_000;

interface Entry {
  target: CallTarget;
  bulkhead: Bulkhead;
  /** By account; one under '' where there are none. Least recently used first. */
  breakers: Map<string, Breaker>;
  lastError: { code: ErrorCode; at: Date } | null;
}

const SEVERITY: Readonly<Record<BreakerState, number>> = { closed: 0, half_open: 1, open: 2 };

/** Breaker, bulkhead and timeout round every call of a dependency. Their state belongs to this process. */
export function createCallPolicy(options: CallPolicyOptions = {}): CallPolicy {
  const { breaker: settings = DEFAULT_BREAKER, onAttempt = () => {}, expected = [] } = options;
  const entries = new Map<string, Entry>();
  const startedAt = new Date();
  const listeners: (() => void)[] = [];
  const onChange = (): void => listeners.forEach((listener) => listener());

  function entryOf(target: CallTarget): Entry {
    const key = `${target.provider} ${target.operation}`;
    const known = entries.get(key);
    if (known) return Object.assign(known, { target: { ...known.target, ...target } });
    const bulkhead = createBulkhead(key, limitsOf(target).maxConcurrent);
    const entry: Entry = { target, bulkhead, breakers: new Map(), lastError: null };
    entries.set(key, entry);
    return entry;
  }

  function breakerOf({ breakers }: Entry, { provider, operation, account = '' }: CallTarget): Breaker {
    const breaker = breakers.get(account) ?? createBreaker(`${provider} ${operation}`, settings, { onChange });
    breakers.delete(account);
    breakers.set(account, breaker);
    const [oldest] = breakers.keys();
    if (breakers.size > MAX_ACCOUNTS && oldest !== undefined) breakers.delete(oldest);
    return breaker;
  }

  for (const target of expected) entryOf(target);

  return {
    async run(target, signal, fn) {
      const { timeoutMs, maxWaitMs } = limitsOf(target);
      const entry = entryOf(target);
      const breaker = breakerOf(entry, target);
      const begunAt = performance.now();
      let waitedMs = 0;
      const report = (code: CallAttempt['code']): void => {
        onAttempt({ target, code, durationMs: Math.round(performance.now() - begunAt), waitedMs });
      };
      try {
        // Before waiting for a place, and again, in `run`, after it: it may have opened meanwhile.
        breaker.refuseIfOpen();
        const leave = await entry.bulkhead.enter(maxWaitMs, signal);
        waitedMs = Math.round(performance.now() - begunAt);
        try {
          const value = await breaker.run(signal, () =>
            withDeadline(
              { signal, timeoutMs },
              {
                onTimeout: () => timeoutError(target.provider, timeoutMs),
                call: (inner) => fn({ signal: inner, timeoutMs }),
              },
            ),
          );
          report('OK');
          return value;
        } finally {
          leave();
        }
      } catch (thrown) {
        const error = withModel(thrown, target);
        const code = codeOf(error, signal);
        if (isAppError(error) && code === error.code && code !== 'BREAKER_OPEN')
          entry.lastError = { code: error.code, at: new Date() };
        report(code);
        throw error;
      }
    },
    onChange: (listener) => void listeners.push(listener),
    states: () => [...entries.values()].map((entry) => stateOf(entry, startedAt)),
  };
}

/** Adapters know how the provider answered; which model was asked for is known here. */
function withModel(error: unknown, { provider, model }: CallTarget): unknown {
  if (!isAppError(error, 'MODEL_RETIRED') || model === undefined) return error;
  const { details, retryAfterMs, cause, message } = error;
  const explained = retiredModelMessage(message, { provider, model });
  return new AppError('MODEL_RETIRED', explained, { details, retryAfterMs, cause });
}

function codeOf(error: unknown, signal: AbortSignal): CallAttempt['code'] {
  if (signal.aborted) return 'CANCELLED';
  return isAppError(error) ? error.code : 'UNKNOWN';
}

function stateOf({ target, bulkhead, breakers, lastError }: Entry, startedAt: Date): CallState {
  const circuits = [...breakers.values()];
  const [worst] = circuits.sort((a, b) => SEVERITY[b.state] - SEVERITY[a.state]);
  return {
    provider: target.provider,
    operation: target.operation,
    model: target.model ?? null,
    breaker: worst?.state ?? 'closed',
    byState: {
      closed: circuits.filter(({ state }) => state === 'closed').length,
      half_open: circuits.filter(({ state }) => state === 'half_open').length,
      open: circuits.filter(({ state }) => state === 'open').length,
    },
    since: worst?.since ?? startedAt,
    lastErrorCode: lastError?.code ?? null,
    lastErrorAt: lastError?.at ?? null,
    bulkhead: {
      maxConcurrent: bulkhead.maxConcurrent,
      inUse: bulkhead.inUse,
      waiting: bulkhead.waiting,
      rejected: bulkhead.rejected,
    },
  };
}
