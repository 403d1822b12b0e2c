import type { handleUnaryCall } from '@grpc/grpc-js';
import type { Logger } from '../../core/logging/logger';
import { assertOwnTenant, serve, type CallContext, type MethodLimits } from './serve';

export interface UnaryMethod<Request, Response> extends MethodLimits {
  handle(request: Request, context: CallContext): Promise<Response>;
}

/** An RPC of one request and one response. */
export function unary<Request extends { tenantId: string }, Response>(
  deps: { logger: Logger },
  { handle, ...limits }: UnaryMethod<Request, Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    const work = (context: CallContext) => {
      assertOwnTenant(call.request.tenantId, context);
      return handle(call.request, context);
    };
    void serve(deps, { call, limits }, work).then(({ error, response }) => callback(error, response));
  };
}
