import { z } from 'zod';
import type { Database, Tx } from '../database';
import { isAppError } from '../errors';
import { withCost } from '../observability/calls';
import { metrics } from '../observability/metrics';
import type { ProviderResult, Usage } from '../providers/ports';
import type { Ledger, Reservation } from './ledger';

export interface PaidCallDeps {
  db: Database;
  ledger: Ledger;
}

/**
 * The one way to spend money: reserve an upper bound, call, then settle the real cost in the same transaction that
 * stores what was bought. A failed call gives its reservation back, unless the error says that the provider bills it all the
 * same: a blocked or empty answer costs what it used.
 *
 * @param steps.call the provider call, outside any transaction
 * @param steps.store writes the result; `costMicros` is what it cost
 * @returns what `store` returns
 * @throws AppError PRICE_UNKNOWN before anything is spent; whatever `call` throws
 */
export function paidCall<Result extends ProviderResult, Stored>(
  deps: PaidCallDeps,
  reservation: Reservation,
  steps: Steps<Result, Stored>,
): Promise<Stored> {
  return withCost((settled) =>
    reserveCallSettle(deps, reservation, steps, (costMicros) => {
      const { provider, operation } = reservation;
      metrics.costUsd.inc({ provider, operation }, costMicros / MICROS_PER_USD);
      settled(costMicros);
    }),
  );
}

interface Steps<Result, Stored> {
  call: () => Promise<Result>;
  store: (tx: Tx, result: Result, costMicros: number) => Promise<Stored>;
}

const MICROS_PER_USD = 1_000_000;

async function reserveCallSettle<Result extends ProviderResult, Stored>(
  { db, ledger }: PaidCallDeps,
  reservation: Reservation,
  steps: Steps<Result, Stored>,
  onSettled: (costMicros: number) => void,
): Promise<Stored> {
  await db.withTenant(reservation.tenantId, (tx) => ledger.reserve(tx, reservation));
  let result: Result;
  try {
    result = await steps.call();
  } catch (error) {
    const usage = billedUsage(error);
    const cost = await db.withTenant(reservation.tenantId, async (tx) => {
      if (usage) return ledger.settle(tx, reservation, { model: reservation.model, usage });
      await ledger.release(tx, reservation);
      return 0;
    });
    onSettled(cost);
    throw error;
  }
  const { stored, cost } = await db.withTenant(reservation.tenantId, async (tx) => {
    const settled = await ledger.settle(tx, reservation, result);
    return { stored: await steps.store(tx, result, settled), cost: settled };
  });
  onSettled(cost);
  return stored;
}

const count = z.number().min(0).optional();
const billedSchema = z.object({
  usage: z.object({
    inputTokens: count,
    cachedInputTokens: count,
    outputTokens: count,
    audioSeconds: count,
    pages: count,
    images: count,
  }),
});

/** What the provider bills for a call that failed; null when it bills nothing. */
function billedUsage(error: unknown): Usage | null {
  if (!isAppError(error)) return null;
  const parsed = billedSchema.safeParse(error.details);
  return parsed.success ? parsed.data.usage : null;
}
