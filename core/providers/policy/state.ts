import type { ErrorCode } from '../../errors';
import type { BreakerState } from './breaker';
import type { CallOperation } from './limits';

/** How one operation of one provider fares in this process. Holds nothing of a tenant. */
export interface CallState {
  provider: string;
  operation: CallOperation;
  model: string | null;
  /** The worst of its circuits: a channel provider has one for each account. */
  breaker: BreakerState;
  byState: Record<BreakerState, number>;
  /** When the breaker came into this state. */
  since: Date;
  lastErrorCode: ErrorCode | null;
  lastErrorAt: Date | null;
  bulkhead: { maxConcurrent: number; inUse: number; waiting: number; rejected: number };
}
