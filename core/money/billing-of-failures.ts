import { z } from 'zod';
import { isAppError, type AppError } from '../errors';
import type { ErrorCode } from '../errors/table';
import type { Usage } from '../providers/ports';

const count = z.number().min(0).optional();
const billedSchema = z.object({
  usage: z.object({
    inputTokens: count,
    cachedInputTokens: count,
    outputTokens: count,
    audioSeconds: count,
    pages: count,
    images: count,
    messages: count,
  }),
  requestIds: z.array(z.string()).optional(),
});

/** What the provider bills for a call that failed. `unknown`: the request may have been worked on, and no answer says. */
export type FailureBill =
  { kind: 'billed'; usage: Usage; requestIds: string[] } | { kind: 'not_billed' } | { kind: 'unknown' };

/**
 * Codes of an answer that never came, could not be read, or was refused with 200 and without a word of what it cost. Whoever
 * answers with another code did not do the work.
 */
const WITHOUT_AN_ANSWER: readonly ErrorCode[] = [
  'CONTENT_BLOCKED',
  'PROVIDER_TIMEOUT',
  'PROVIDER_UNAVAILABLE',
  'MODEL_OUTPUT_INVALID',
  'INTERNAL_ERROR',
  'TIMEOUT',
];

/** The request never left, or reached nobody. */
const NEVER_SENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|CERT_.*|DEPTH_ZERO_.*|ERR_SSL_.*|ERR_TLS_.*|UND_ERR_CONNECT_TIMEOUT)$/;

/**
 * Whether a failed call costs something: what its error says it used (a blocked or empty answer), nothing when the provider
 * refused it with a status or was never reached, and otherwise nobody knows: a timeout, a connection that broke, an answer
 * cut in the middle, a cancelled call.
 */
export function billOf(error: unknown): FailureBill {
  if (!isAppError(error)) return { kind: 'unknown' };
  const billed = billedSchema.safeParse(error.details);
  if (billed.success) return { kind: 'billed', usage: billed.data.usage, requestIds: billed.data.requestIds ?? [] };
  if (!WITHOUT_AN_ANSWER.includes(error.code)) return { kind: 'not_billed' };
  if (hasErrorStatus(error) || wasNeverSent(error)) return { kind: 'not_billed' };
  return { kind: 'unknown' };
}

function hasErrorStatus({ details }: AppError): boolean {
  return typeof details['status'] === 'number' && details['status'] >= 300;
}

function wasNeverSent(error: unknown, depth = 6): boolean {
  if (typeof error !== 'object' || error === null || depth === 0) return false;
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  return (typeof code === 'string' && NEVER_SENT.test(code)) || wasNeverSent(cause, depth - 1);
}
