import { AppError } from '../../errors';
import { failureFacts } from '../failure-facts';
import { SENT_ANYWAY } from '../ports';
import { parseRetryAfterMs } from '../retry-after';

/** What a failed send is judged by. `body` may repeat the request: it is matched, never kept. */
export interface WahaRefusal {
  status: number;
  body: string;
  retryAfter: string | null;
}

interface Row {
  matches: (refusal: WahaRefusal) => boolean;
  code: 'CHANNEL_UNAVAILABLE' | 'CHANNEL_REJECTED';
  reason: string;
}

const sessionStatus = (body: string): string | null => /"status"\s*:\s*"([A-Z_]+)"/.exec(body)?.[1] ?? null;

/** The first row that matches decides. From WAHA's API (2026.7.1) and WhatsApp's own error 463. */
const ROWS: readonly Row[] = [
  {
    matches: ({ status, body }) => status === 422 && sessionStatus(body) === 'STARTING',
    code: 'CHANNEL_UNAVAILABLE',
    reason: 'the session is starting',
  },
  {
    // Every session is in one of these while WAHA restarts, and a phone is paired again within the hours of retries.
    matches: ({ status, body }) => status === 422 && sessionStatus(body) !== null,
    code: 'CHANNEL_UNAVAILABLE',
    reason: 'the session is not connected; unless WAHA is restarting, somebody has to start it or scan the QR code',
  },
  {
    matches: ({ status, body }) => status >= 500 && /returned error 463/.test(body),
    code: 'CHANNEL_REJECTED',
    reason: 'WhatsApp refuses messages to more new contacts (463): pause the outreach',
  },
  {
    matches: ({ status }) => status === 401 || status === 403,
    code: 'CHANNEL_REJECTED',
    reason: 'the API key is refused',
  },
  { matches: ({ status }) => status === 408 || status === 429, code: 'CHANNEL_UNAVAILABLE', reason: 'asked to wait' },
  { matches: ({ status }) => status >= 500, code: 'CHANNEL_UNAVAILABLE', reason: 'WAHA failed' },
];
const ANY_OTHER = { code: 'CHANNEL_REJECTED', reason: 'WAHA refused the message' } as const;

/** The error of an answer that is not a success. Names the session's status and nothing else of the body. */
export function refusalError(refusal: WahaRefusal): AppError {
  const row = ROWS.find(({ matches }) => matches(refusal)) ?? ANY_OTHER;
  const session = refusal.status === 422 ? sessionStatus(refusal.body) : null;
  return new AppError(row.code, `waha answered ${refusal.status}: ${row.reason}`, {
    details: {
      channel: 'waha',
      status: refusal.status,
      ...(session ? { sessionStatus: session } : {}),
      ...(GATEWAY_STATUSES.includes(refusal.status) ? { [SENT_ANYWAY]: true } : {}),
    },
    retryAfterMs: parseRetryAfterMs(refusal.retryAfter),
  });
}

/** Said by a proxy that lost WAHA's answer, not by WAHA. */
const GATEWAY_STATUSES = [502, 504];
/** There was no connection, so there was no message either. */
const NEVER_LEFT = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|CONNECT_TIMEOUT|ERR_TLS|CERT_/;

/** The error of a request that got no readable answer. It may have arrived, unless there was no connection. */
export function transportError(error: unknown): AppError {
  const { kind } = failureFacts(error);
  const details = { channel: 'waha', ...(NEVER_LEFT.test(codesOf(error)) ? {} : { [SENT_ANYWAY]: true }) };
  if (kind === 'unknown')
    return new AppError('INTERNAL_ERROR', 'the call to waha failed in an unknown way', { details, cause: error });
  return new AppError('CHANNEL_UNAVAILABLE', `waha gave no answer (${kind})`, {
    details,
    cause: error,
  });
}

/** The codes of an error and its causes; a connection that was tried at several addresses has them in `errors`. */
function codesOf(error: unknown, depth = 4): string {
  if (!(error instanceof Error) || depth === 0) return '';
  const code = 'code' in error ? String(error.code) : '';
  const inner = error instanceof AggregateError ? error.errors : [error.cause];
  return [code, ...inner.map((cause) => codesOf(cause, depth - 1))].join(' ');
}
