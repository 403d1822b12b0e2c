import type { CallOptions } from './ports';

/**
 * After the caller aborts, a call may still tidy up at the other side (cancel a job it would pay for). Longer than that
 * tidying is allowed to take, shorter than any supervisor waits for a cancelled activity.
 */
const ABORT_GRACE_MS = 5_000;

/**
 * Runs `call` with a signal that aborts when the caller's does, or after `timeoutMs` with the error of `onTimeout`.
 *
 * On timeout it rejects at once, even if `call` ignores its signal. When the caller aborts it waits for `call` to settle,
 * but no longer than 5 seconds.
 *
 * @throws the caller's abort reason, the error of `onTimeout`, or whatever `call` throws
 */
export async function withDeadline<T>(
  { signal, timeoutMs }: CallOptions,
  { onTimeout, call }: { onTimeout: () => Error; call: (signal: AbortSignal) => Promise<T> },
): Promise<T> {
  signal.throwIfAborted();
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let graceTimer: NodeJS.Timeout | undefined;
  let followCaller = (): void => {};

  const stopped = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const error = onTimeout();
      controller.abort(error);
      reject(error);
    }, timeoutMs);
    followCaller = () => {
      clearTimeout(timer);
      controller.abort(signal.reason);
      graceTimer = setTimeout(reject, ABORT_GRACE_MS, signal.reason);
    };
  });
  signal.addEventListener('abort', followCaller, { once: true });
  try {
    return await Promise.race([call(controller.signal), stopped]);
  } finally {
    clearTimeout(timer);
    clearTimeout(graceTimer);
    signal.removeEventListener('abort', followCaller);
  }
}
