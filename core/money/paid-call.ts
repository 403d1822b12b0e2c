import type { Database, Statement, Tx } from '../database';
import { errorMessage } from '../errors';
import { createLogger } from '../logging/logger';
import { withCost } from '../observability/calls';
import { metrics } from '../observability/metrics';
import type { ProviderResult } from '../providers/ports';
import { billOf } from './billing-of-failures';
import type { Hold, Ledger, Wanted } from './ledger';
import { operationLabel } from './operation-label';
import type { Reservation } from './types';

export interface PaidCallDeps {
  db: Database;
  ledger: Ledger;
}

type Steps<Result, Stored> = {
  /** What the call needs and nobody bills, after the reservation: when it fails, that is given back. */
  prepare?: () => Promise<unknown>;
  /** The provider call, outside any transaction, with the model that the budgets allow. */
  call: (chosen: { model: string }) => Promise<Result>;
} & Storing<Result, Stored>;

/** How a result is written: by work in a transaction, or by one statement, which leaves with the settlement in one piece. */
export type Storing<Result, Stored> =
  | {
      /** Writes the result; `costMicros` is what it cost. */
      store: (tx: Tx, result: Result, costMicros: number) => Promise<Stored>;
      keep?: undefined;
    }
  | { keep: (result: Result) => Kept<Stored>; store?: undefined };

interface Kept<Stored> {
  statement: Statement;
  /** Told the rows of the statement, once they and the cost are written. */
  storedAs: (rows: unknown[]) => Stored | Promise<Stored>;
}

const MICROS_PER_USD = 1_000_000;

const logger = createLogger('money');

/**
 * The one way to spend money: reserve an upper bound, call, then settle the real cost in the same transaction that
 * stores what was bought. A failed call gives its reservation back when the provider does not bill it; costs what its error
 * says it used (a blocked or empty answer); and where nobody knows (a timeout, an answer that broke off) its upper bound is
 * kept as uncertain. An answer that was paid for and could not be stored is counted all the same.
 *
 * @returns what `store` or `storedAs` returns
 * @throws AppError PRICE_UNKNOWN, BUDGET_EXCEEDED, BUDGET_DEFERRED before anything is spent; whatever `call` throws
 */
export function paidCall<Result extends ProviderResult, Stored>(
  deps: PaidCallDeps,
  reservation: Reservation,
  steps: Steps<Result, Stored>,
): Promise<Stored> {
  return withCost(async (settled) => {
    const hold = await deps.ledger.reserve(deps.db, reservation);
    return callAndSettle(deps, { hold, steps }, counted(hold, settled));
  });
}

export interface Purchase<Result extends ProviderResult, Stored> extends Wanted {
  steps: Steps<Result, Stored>;
}

/**
 * The same for a call that depends on rows: they are read in the transaction that reserves, which is one fewer.
 *
 * @param read null when nothing is to be bought after all; may run twice
 * @returns null then, else what `store` or `storedAs` returns
 */
export function paidCallFor<Result extends ProviderResult, Stored>(
  deps: PaidCallDeps,
  of: { tenantId: string; read: (tx: Tx) => Promise<Purchase<Result, Stored>> },
): Promise<Stored>;
export function paidCallFor<Result extends ProviderResult, Stored>(
  deps: PaidCallDeps,
  of: { tenantId: string; read: (tx: Tx) => Promise<Purchase<Result, Stored> | null> },
): Promise<Stored | null>;
export function paidCallFor<Result extends ProviderResult, Stored>(
  deps: PaidCallDeps,
  of: { tenantId: string; read: (tx: Tx) => Promise<Purchase<Result, Stored> | null> },
): Promise<Stored | null> {
  return withCost(async (settled) => {
    const bought = await deps.ledger.reserveFor(deps.db, of);
    return bought && callAndSettle(deps, bought, counted(bought.hold, settled));
  });
}

function counted({ reservation: { provider, operation } }: Hold, settled: (costMicros: number) => void) {
  return (costMicros: number) => {
    metrics.costUsd.inc({ provider, operation: operationLabel(operation) }, costMicros / MICROS_PER_USD);
    settled(costMicros);
  };
}

/**
 * The first half of a call whose result comes later: reserves and starts it. What it reserved stays held until `paidCall` with
 * the same activity key, and `resumes`, settles it; if that never comes it expires. A start that fails is settled at once.
 *
 * @throws as `paidCall`
 */
export async function startPaidCall<T>(
  { db, ledger }: PaidCallDeps,
  reservation: Reservation,
  start: () => Promise<T>,
): Promise<T> {
  const hold = await ledger.reserve(db, reservation);
  try {
    return await start();
  } catch (error) {
    await settleFailure({ db, ledger }, hold, error);
    throw error;
  }
}

async function callAndSettle<Result extends ProviderResult, Stored>(
  deps: PaidCallDeps,
  { hold, steps }: { hold: Hold; steps: Steps<Result, Stored> },
  onSettled: (costMicros: number) => void,
): Promise<Stored> {
  const { db, ledger } = deps;
  try {
    await steps.prepare?.();
  } catch (error) {
    await ledger.release(db, hold);
    throw error;
  }
  let result: Result;
  try {
    result = await steps.call({ model: hold.model });
  } catch (error) {
    onSettled(await settleFailure(deps, hold, error));
    throw error;
  }
  let stored: () => Stored | Promise<Stored>;
  try {
    stored = await settleAndStore(deps, { hold, steps }, result);
    onSettled(ledger.costOf(hold, result));
  } catch (error) {
    // Rolled back with what was to be stored; but the provider bills it, and the retry once more.
    await ledger.settle(db, hold, result).then(onSettled, (lost: unknown) => {
      const { tenantId } = hold.reservation;
      logger.error({ tenantId, reason: errorMessage(lost) }, 'the cost of a paid call could not be written');
    });
    throw error;
  }
  return stored();
}

async function settleAndStore<Result extends ProviderResult, Stored>(
  { db, ledger }: PaidCallDeps,
  { hold, steps }: { hold: Hold; steps: Steps<Result, Stored> },
  result: Result,
): Promise<() => Stored | Promise<Stored>> {
  const { store, keep } = steps;
  const settled = { hold, actual: result };
  if (keep) {
    const { statement, storedAs } = keep(result);
    const rows = await ledger.settleAfter(db, settled, statement);
    return () => storedAs(rows);
  }
  const stored = await ledger.settleWith(db, settled, (tx, costMicros) => store(tx, result, costMicros));
  return () => stored;
}

/** What the failed call is known to have cost. */
async function settleFailure({ db, ledger }: PaidCallDeps, hold: Hold, error: unknown): Promise<number> {
  const bill = billOf(error);
  switch (bill.kind) {
    case 'billed':
      return ledger.settle(db, hold, { ...bill, model: hold.model });
    case 'not_billed':
      await ledger.release(db, hold);
      return 0;
    case 'unknown':
      await ledger.markUncertain(db, hold);
      return 0;
  }
}
