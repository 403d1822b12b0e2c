/** No provider makes us wait longer than this for one attempt; the workflow has its own, longer patience. */
const MAX_RETRY_AFTER_MS = 60_000;

function capped(milliseconds: number): number {
  return Math.min(Math.max(0, Math.round(milliseconds)), MAX_RETRY_AFTER_MS);
}

/**
 * The value of a Retry-After header in milliseconds, at most 60 000.
 *
 * @param value seconds (`"7"`, `"0.5"`) or an HTTP date (RFC 9110, 10.2.3)
 * @returns undefined when there is no header or it says neither
 */
export function parseRetryAfterMs(value: string | null | undefined, nowMs = Date.now()): number | undefined {
  const text = value?.trim();
  if (!text) return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return capped(Number(text) * 1000);
  const dateMs = Date.parse(text);
  // Date.parse reads "-5" as a year; a Retry-After date always names a weekday.
  return Number.isNaN(dateMs) || !/^[A-Za-z]/.test(text) ? undefined : capped(dateMs - nowMs);
}

/** A protobuf duration such as `"1.5s"` (google.rpc.RetryInfo) in milliseconds, at most 60 000. */
export function parseDurationMs(value: unknown): number | undefined {
  const seconds = typeof value === 'string' ? /^(\d+(?:\.\d+)?)s$/.exec(value)?.[1] : undefined;
  return seconds === undefined ? undefined : capped(Number(seconds) * 1000);
}
