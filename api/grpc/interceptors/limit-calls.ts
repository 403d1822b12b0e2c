import { ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { AppError } from '../../../core/errors';
import { toAppError } from '../../http/errors';
import { toServiceError } from '../errors';
import { receivedCall } from '../received-call';

/**
 * So many calls a second of one API key, counted in this process. More are RESOURCE_EXHAUSTED with the time to wait in
 * RetryInfo. Comes after the authentication: only good keys are counted, so that nobody can fill the memory with made-up
 * ones or use up the calls of somebody else.
 */
export function limitCalls({ callsPerSecond }: { callsPerSecond: number }): ServerInterceptor {
  const limiter = new RateLimiterMemory({ points: callsPerSecond, duration: 1 });
  return (_method, call) =>
    new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, pass) => {
            const { identity } = receivedCall(metadata);
            if (!identity) {
              pass(metadata);
              return;
            }
            limiter.consume(identity.keyId).then(
              () => pass(metadata),
              (refusal: unknown) => call.sendStatus(toServiceError(toAppError(refusalOf(refusal, callsPerSecond)))),
            );
          },
        }),
    });
}

function refusalOf(refusal: unknown, callsPerSecond: number): unknown {
  if (!(refusal instanceof RateLimiterRes)) return refusal;
  return new AppError('RATE_LIMIT_EXCEEDED', `This API key made more than ${callsPerSecond} gRPC calls in a second`, {
    retryAfterMs: refusal.msBeforeNext,
  });
}
