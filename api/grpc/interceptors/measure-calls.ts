import type { ServerInterceptor } from '@grpc/grpc-js';
import { metrics } from '../../../core/observability/metrics';
import { observeCall } from './observe-call';

/** Labels are bounded: only calls of registered methods come here. */
export function measureCalls(): ServerInterceptor {
  return ({ path: method }, call) =>
    observeCall(call, {
      onEnd: ({ code, durationSeconds }) => metrics.grpcCallSeconds.observe({ method, code }, durationSeconds),
    });
}
