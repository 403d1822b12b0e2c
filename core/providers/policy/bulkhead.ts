import { AppError } from '../../errors';

/** So many at once; the others wait in line, and not for ever. */
export interface Bulkhead {
  /**
   * Waits for a place.
   *
   * @returns what gives the place back; call it once
   * @throws AppError BULKHEAD_FULL after `maxWaitMs`, or the reason of `signal`
   */
  enter(maxWaitMs: number, signal?: AbortSignal): Promise<() => void>;
  readonly maxConcurrent: number;
  readonly inUse: number;
  readonly waiting: number;
  /** How many were turned away since the process started. */
  readonly rejected: number;
}

/** The library's bulkhead has no way out of its line, hence this one. @param name whose places they are, for the error */
export function createBulkhead(name: string, maxConcurrent: number): Bulkhead {
  let inUse = 0;
  let rejected = 0;
  const line = new Set<() => void>();

  function leave(): void {
    const [next] = line;
    // The place goes to the next in line without becoming free in between.
    if (next) next();
    else inUse -= 1;
  }
  function once(): () => void {
    let isLeft = false;
    return () => {
      if (isLeft) return;
      isLeft = true;
      leave();
    };
  }

  return {
    maxConcurrent,
    get inUse() {
      return inUse;
    },
    get waiting() {
      return line.size;
    },
    get rejected() {
      return rejected;
    },
    async enter(maxWaitMs, signal) {
      signal?.throwIfAborted();
      if (inUse < maxConcurrent) {
        inUse += 1;
        return once();
      }
      await new Promise<void>((resolve, reject) => {
        const step = (): void => {
          done();
          resolve();
        };
        const abort = (): void => {
          done();
          reject(signal?.reason as Error);
        };
        const timer = setTimeout(() => {
          done();
          rejected += 1;
          const message = `${maxConcurrent} calls to ${name} are under way and none ended within ${maxWaitMs} ms`;
          reject(new AppError('BULKHEAD_FULL', message, { details: { provider: name }, retryAfterMs: 1_000 }));
        }, maxWaitMs);
        const done = (): void => {
          clearTimeout(timer);
          line.delete(step);
          signal?.removeEventListener('abort', abort);
        };
        line.add(step);
        signal?.addEventListener('abort', abort, { once: true });
      });
      return once();
    },
  };
}
