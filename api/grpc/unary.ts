import { type handleUnaryCall, type ServerUnaryCall } from '@grpc/grpc-js';
import type { Scope } from '../../core/accounts/scopes';
import type { Database } from '../../core/database';
import { ERROR_TABLE } from '../../core/errors';
import type { Logger } from '../../core/logging/logger';
import { newId } from '../../core/ids';
import { inContext } from '../../core/observability/context';
import { startDeadline, type Deadline } from '../../core/memory';
import { toAppError } from '../http/errors';
import { authenticateCall } from './authentication';
import { toServiceError } from './errors';

export interface CallContext {
  tenantId: string;
  /** Whose key it is. */
  userId: string;
  /** What the client gave, or the method's own limit. */
  deadline: Deadline;
  /** Aborts when the client gives up or its deadline passes. */
  signal: AbortSignal;
}

export interface UnaryMethod<Request, Response> {
  name: string;
  scope: Scope;
  /** For a client that sets no deadline, and the most any client gets. */
  maxDurationMs: number;
  handle(request: Request, context: CallContext): Promise<Response>;
}

/** One RPC: key, scope, tenant, deadline, errors of the table as google.rpc.Status, and one log line without content. */
export function unary<Request extends { tenantId: string }, Response>(
  deps: { db: Database; logger: Logger },
  method: UnaryMethod<Request, Response>,
): handleUnaryCall<Request, Response> {
  async function serve(call: ServerUnaryCall<Request, Response>, log: Record<string, unknown>): Promise<Response> {
    const deadline = startDeadline(remainingMs(call, method.maxDurationMs));
    // Before the first wait: a client may give up while its key is still being checked.
    const cancelled = new AbortController();
    call.once('cancelled', () => cancelled.abort());
    const { request } = call;
    const identity = await authenticateCall(deps, call.metadata, { scope: method.scope, tenantId: request.tenantId });
    log['tenantId'] = identity.tenantId;
    log['keyId'] = identity.keyId;
    return method.handle(request, {
      tenantId: identity.tenantId,
      userId: identity.userId,
      deadline,
      signal: cancelled.signal,
    });
  }

  return (call, callback) => {
    const startedAt = performance.now();
    const correlationId = newId();
    const log: Record<string, unknown> = { method: method.name, correlationId };
    const finish = (code: string) => {
      deps.logger.info({ ...log, code, durationMs: Math.round(performance.now() - startedAt) }, 'grpc call');
    };
    inContext({ correlationId }, () => serve(call, log)).then(
      (response) => {
        finish('OK');
        callback(null, response);
      },
      (error: unknown) => {
        const known = toAppError(error);
        const grpc = ERROR_TABLE[known.code].grpc;
        if (grpc === 'INTERNAL' || grpc === 'UNAVAILABLE') {
          deps.logger.error({ ...log, err: error, code: known.code }, 'grpc call failed');
        }
        finish(grpc);
        callback(toServiceError(known), null);
      },
    );
  };
}

/** At most `maxDurationMs`. A deadline that has passed leaves nothing, which is TIMEOUT at the first question. */
function remainingMs(call: { getDeadline(): Date | number }, maxDurationMs: number): number {
  const deadline = call.getDeadline();
  const endsAt = deadline instanceof Date ? deadline.getTime() : deadline;
  return Math.min(endsAt - Date.now(), maxDurationMs);
}
