import { addAbortSignal } from 'node:stream';
import type { handleClientStreamingCall } from '@grpc/grpc-js';
import { AppError } from '../../core/errors';
import type { Logger } from '../../core/logging/logger';
import { assertOwnTenant, serve, type CallContext, type MethodLimits } from './serve';

export interface ClientStreamMethod<Request, Response> extends MethodLimits {
  /** Takes the requests one by one: as long as it is busy with one, the client is kept from sending on. */
  handle(requests: AsyncIterable<Request>, context: CallContext): Promise<Response>;
}

/** An RPC of many requests and one response. */
export function clientStream<Request extends { tenantId: string }, Response>(
  deps: { logger: Logger },
  { handle, ...limits }: ClientStreamMethod<Request, Response>,
): handleClientStreamingCall<Request, Response> {
  return (call, callback) => {
    const work = (context: CallContext) => {
      // A client that neither sends nor ends must not hold its place for ever.
      const overTime = AbortSignal.timeout(context.deadline.remainingMs());
      addAbortSignal(AbortSignal.any([context.signal, overTime]), call);
      return handle(ownRequests(call, context), context);
    };
    void serve(deps, { call, limits }, work).then(({ error, response }) => callback(error, response));
  };
}

async function* ownRequests<Request extends { tenantId: string }>(
  call: AsyncIterable<unknown>,
  context: CallContext,
): AsyncGenerator<Request> {
  try {
    for await (const received of call) {
      const request = received as Request;
      assertOwnTenant(request.tenantId, context);
      yield request;
    }
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'AbortError') throw error;
    throw new AppError('TIMEOUT', 'The stream did not end in time; send it again', { cause: error });
  }
}
