import { z } from 'zod';
import type { Database, Tx } from '../database';
import { isAppError } from '../errors';
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
export async function paidCall<Result extends ProviderResult, Stored>(
  { db, ledger }: PaidCallDeps,
  reservation: Reservation,
  steps: { call: () => Promise<Result>; store: (tx: Tx, result: Result, costMicros: number) => Promise<Stored> },
): Promise<Stored> {
  await db.withTenant(reservation.tenantId, (tx) => ledger.reserve(tx, reservation));
  let result: Result;
  try {
    result = await steps.call();
  } catch (error) {
    const usage = billedUsage(error);
    await db.withTenant(reservation.tenantId, async (tx) => {
      if (usage) await ledger.settle(tx, reservation, { model: reservation.model, usage });
      else await ledger.release(tx, reservation);
    });
    throw error;
  }
  return db.withTenant(reservation.tenantId, async (tx) => {
    const cost = await ledger.settle(tx, reservation, result);
    return steps.store(tx, result, cost);
  });
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
