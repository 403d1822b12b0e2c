import { sqlFile, type Tx } from '../database';
import { newId } from '../ids';
import type { Usage } from '../providers/ports';
import { costMicros, isMeasured, mostMicros } from './prices';
import type { PriceTable } from './price-table';
import type { CostSubject, PaidOperation } from './types';

/** How long a reservation outlives a process that died with it. The longest call, a document's, may take 1,200 s. */
const RESERVATION_SECONDS = 1_800;

export interface Reservation {
  tenantId: string;
  /** One activity of one workflow run: its retries share the row. */
  activityKey: string;
  provider: string;
  model: string;
  operation: PaidOperation;
  subject: CostSubject;
  /** At least what the call can use. */
  upperBound: Usage;
}

/** One row per paid call: reserved before it, settled with the real usage after it. Amounts are micro-dollars. */
export interface Ledger {
  /** @throws AppError PRICE_UNKNOWN */
  reserve(tx: Tx, reservation: Reservation): Promise<void>;
  /**
   * An answer that does not say what is billed (a compatible server without `usage`, audio without a duration) costs what
   * was reserved and is marked `usage.estimated`: an unknown price is not free.
   *
   * @returns what the call cost.
   */
  settle(tx: Tx, reservation: Reservation, actual: { model: string; usage: Usage }): Promise<number>;
  release(tx: Tx, reservation: Reservation): Promise<void>;
}

export function createLedger(prices: PriceTable): Ledger {
  return {
    async reserve(tx, { tenantId, activityKey, provider, model, operation, subject, upperBound }) {
      const price = prices.priceOf(provider, model);
      const reservedMicros = mostMicros(price, upperBound);
      await tx.$executeRawUnsafe(
        sqlFile('core/money/sql/reserve.sql'),
        newId(),
        tenantId,
        activityKey,
        provider,
        model,
        operation,
        reservedMicros,
        price.asOf,
        subject.contactId ?? null,
        subject.conversationId ?? null,
        subject.enrichmentId ?? null,
        subject.groupId ?? null,
        RESERVATION_SECONDS,
      );
    },
    async settle(tx, { tenantId, activityKey, provider, model, upperBound }, actual) {
      const price = prices.priceOf(provider, model);
      const usage = isMeasured(price, actual.usage) ? actual.usage : { ...upperBound, estimated: true };
      const cost = costMicros(price, usage);
      await tx.$executeRawUnsafe(
        sqlFile('core/money/sql/settle.sql'),
        tenantId,
        activityKey,
        cost,
        JSON.stringify(usage),
        actual.model,
      );
      return cost;
    },
    async release(tx, { tenantId, activityKey }) {
      await tx.$executeRawUnsafe(sqlFile('core/money/sql/release.sql'), tenantId, activityKey);
    },
  };
}
