import type { Metadata, ServerErrorResponse } from '@grpc/grpc-js';
import type { Scope } from '../../core/accounts/scopes';
import { AppError, ERROR_TABLE } from '../../core/errors';
import type { Logger } from '../../core/logging/logger';
import { startDeadline, type Deadline } from '../../core/memory';
import { inContext } from '../../core/observability/context';
import { requireScope } from '../api-key';
import { toAppError } from '../http/errors';
import { toServiceError } from './errors';
import { receivedCall } from './received-call';

export interface CallContext {
  tenantId: string;
  /** Whose key it is. */
  userId: string;
  keyId: string;
  /** What the key may do. */
  scopes: readonly Scope[];
  /** What the client gave, or the method's own limit. */
  deadline: Deadline;
  /** Aborts when the client gives up or its deadline passes. */
  signal: AbortSignal;
}

/** `maxDurationMs` of a method that asks nobody but the database, and perhaps the embedder. */
export const DATABASE_LIMIT_MS = 10_000;

export interface MethodLimits {
  /** `self`: any good key. */
  scope: Scope | 'self';
  /** The most any client gets. */
  maxDurationMs: number;
  /** For a client that sets no deadline; without it the most. */
  defaultDurationMs?: number;
}

/** What calls of every kind have in common. */
export interface ServedCall {
  metadata: Metadata;
  getPath(): string;
  getDeadline(): Date | number;
  once(event: 'cancelled', listener: () => void): unknown;
}

/**
 * Runs the work of a call that came through the interceptors: scope, deadline, and errors of the table as
 * google.rpc.Status.
 */
export async function serve<Response>(
  { logger }: { logger: Logger },
  { call, limits }: { call: ServedCall; limits: MethodLimits },
  work: (context: CallContext) => Promise<Response>,
): Promise<{ error: ServerErrorResponse; response: null } | { error: null; response: Response }> {
  const { correlationId, identity } = receivedCall(call.metadata);
  const deadline = startDeadline(remainingMs(call, limits));
  // Before the first wait: a client may give up at any moment.
  const cancelled = new AbortController();
  let isDone = false;
  // Also the end of a call that was answered is told as its cancellation: then nobody is left to be stopped.
  call.once('cancelled', () => {
    if (!isDone) cancelled.abort();
  });
  try {
    // Deny by default: without the interceptor there is no identity, and nothing is served.
    if (!identity) throw new AppError('UNAUTHORIZED', 'This method needs an API key');
    requireScope(identity, limits.scope);
    const { tenantId, userId, keyId, scopes } = identity;
    const response = await inContext({ correlationId }, () =>
      work({ tenantId, userId, keyId, scopes, deadline, signal: cancelled.signal }),
    );
    return { error: null, response };
  } catch (error) {
    const known = toAppError(error);
    const grpc = ERROR_TABLE[known.code].grpc;
    if (grpc === 'INTERNAL' || grpc === 'UNAVAILABLE') {
      const { code } = known;
      logger.error({ err: error, method: call.getPath(), correlationId, code }, 'grpc call failed');
    }
    return { error: toServiceError(known), response: null };
  } finally {
    isDone = true;
  }
}

/** The key decides. A client that believes to be another tenant is told so instead of being given the wrong rows. */
export function assertOwnTenant(claimedTenantId: string, { tenantId }: Pick<CallContext, 'tenantId'>): void {
  if (claimedTenantId === '' || claimedTenantId.toLowerCase() === tenantId) return;
  throw new AppError('FORBIDDEN', 'tenant_id is not the tenant of this API key; leave it empty');
}

/** A deadline that has passed leaves nothing, which is TIMEOUT at the first question. */
function remainingMs(
  call: Pick<ServedCall, 'getDeadline'>,
  { maxDurationMs, defaultDurationMs = maxDurationMs }: MethodLimits,
): number {
  const deadline = Number(call.getDeadline());
  return Number.isFinite(deadline) ? Math.min(deadline - Date.now(), maxDurationMs) : defaultDurationMs;
}
