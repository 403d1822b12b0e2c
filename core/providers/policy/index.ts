export {
  createCallPolicy,
  DEFAULT_BREAKER,
  type CallAttempt,
  type CallPolicy,
  type CallPolicyOptions,
} from './call-policy';
export type { BreakerSettings, BreakerState } from './breaker';
export { callTarget, limitsOf, type CallOperation, type CallTarget } from './limits';
export type { CallState } from './state';
