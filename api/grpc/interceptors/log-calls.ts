import type { ServerInterceptor } from '@grpc/grpc-js';
import type { Logger } from '../../../core/logging/logger';
import { receivedCall, type ReceivedCall } from '../received-call';
import { isPublic } from './public-services';
import { observeCall } from './observe-call';

/** One line for each call, without content. Probes, which come every second, are told at the level debug. */
export function logCalls(logger: Logger): ServerInterceptor {
  return ({ path }, call) => {
    let received: ReceivedCall | undefined;
    return observeCall(call, {
      onMetadata: (metadata) => (received = receivedCall(metadata)),
      onEnd: ({ code, durationSeconds }) =>
        logger[isPublic(path) ? 'debug' : 'info'](
          {
            method: path,
            correlationId: received?.correlationId,
            tenantId: received?.identity?.tenantId,
            keyId: received?.identity?.keyId,
            code,
            durationMs: Math.round(durationSeconds * 1000),
          },
          'grpc call',
        ),
    });
  };
}
