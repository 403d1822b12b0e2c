import type { ServerInterceptor } from '@grpc/grpc-js';
import { authenticateCalls, type AuthenticationDeps } from './authenticate-calls';
import { limitCalls } from './limit-calls';
import { logCalls } from './log-calls';
import { measureCalls } from './measure-calls';

/** In the order in which a call passes them: also what is refused is logged and measured. */
export function interceptors(deps: AuthenticationDeps, limits: { callsPerSecond: number }): ServerInterceptor[] {
  return [logCalls(deps.logger), measureCalls(), authenticateCalls(deps), limitCalls(limits)];
}
