import { sqlFile, type Database, type Tx } from '../database';
import { AppError } from '../errors';
import { newId } from '../ids';
import { metrics } from '../observability/metrics';
import type { ProviderResult, Usage } from '../providers/ports';
import { tellOfBudgets, type BudgetChange } from './budget-events';
import { expireReservations } from './expire';
import type { PriceTable } from './price-table';
import { billedUsage, costMicros, isMeasured, mostMicros, type Price } from './prices';
import type { BudgetState, CostPurpose, PaidOperation, Reservation } from './types';

/** How long a reservation outlives a process that died with it. The longest call, a document's, may take 1,200 s. */
const RESERVATION_SECONDS = 1_800;

/** What was reserved for one try of one call. */
export interface Hold {
  reservation: Reservation;
  attempt: number;
  /** The model to ask: the usual one, or the cheaper one. */
  model: string;
  /** Of that model, at the time of the reservation: a call costs what its reservation was made from. */
  price: Price;
  reservedMicros: number;
  /** The worst state of the budgets it counts in. */
  state: BudgetState;
}

export interface Wanted {
  reservation: Reservation;
}

export interface Reader<W extends Wanted> {
  tenantId: string;
  read: (tx: Tx) => Promise<W | null>;
}

/** One row per paid call: reserved before it, settled with the real usage after it. Amounts are micro-dollars. */
export interface Ledger {
  /**
   * Reserves the most the call can cost in every budget it counts in, in one transaction of its own. A retry of the
   * activity takes over what the try before it had reserved.
   *
   * @throws AppError PRICE_UNKNOWN; BUDGET_EXCEEDED; BUDGET_DEFERRED when the work can wait, or calls under way hold what
   * is missing. `details` name the budget, the reason and what is left.
   */
  reserve(db: Database, reservation: Reservation): Promise<Hold>;
  /**
   * The same for what is read in the very transaction that reserves for it: one transaction instead of two.
   *
   * @param read null when nothing is to be bought; may run twice
   */
  reserveFor<W extends Wanted>(db: Database, of: Reader<W>): Promise<(W & { hold: Hold }) | null>;
  /** What settling this answer will count as its cost. */
  costOf(hold: Hold, actual: ProviderResult): number;
  /**
   * An answer that does not say what is billed (a compatible server without `usage`, audio without a duration) costs what
   * was reserved and is marked `usage.estimated`: an unknown price is not free. Counts also after the reservation expired.
   * The last thing its transaction does: until the commit all calls of the tenant wait for the rows of its budgets.
   *
   * @returns what the call cost.
   */
  settle(tx: Tx, hold: Hold, actual: ProviderResult): Promise<number>;
  /** The call was not billed. */
  release(tx: Tx, hold: Hold): Promise<void>;
  /** Nobody knows whether the call was billed: its upper bound counts as spent until an invoice says more. */
  markUncertain(tx: Tx, hold: Hold): Promise<void>;
}

type ReserveResult = { changes: BudgetChange[] } & (
  | { outcome: 'reserved'; attempt: number; state: BudgetState; micros: number; isCheaper: boolean }
  | {
      outcome: 'refused';
      reason: 'enrichment_deferred' | 'human' | 'does_not_fit' | 'held_by_calls';
      budgetId: string;
      scope: string;
      period: string;
      leftMicros: number;
      hasExpired: boolean;
    }
);
type Refused = Extract<ReserveResult, { outcome: 'refused' }>;

const EXPIRE_AT_ONCE = 1_000;

interface Prices {
  usual: Price & { asOf: Date };
  cheaper: (Price & { asOf: Date }) | null;
}

const NOTHING = { spentMicros: 0, usage: null, model: null, requestIds: [] };

export function createLedger(prices: PriceTable): Ledger {
  function pricesOf(reservation: Reservation): Prices {
    const { provider, model, cheaperModel } = reservation;
    return {
      usual: prices.priceOf(provider, model),
      cheaper: cheaperModel && cheaperModel !== model ? prices.priceOf(provider, cheaperModel) : null,
    };
  }

  async function reserveFor<W extends Wanted>(db: Database, { tenantId, read }: Reader<W>) {
    const attempt = () =>
      db.withTenant(tenantId, async (tx) => {
        const wanted = await read(tx);
        if (wanted === null) return null;
        const of = pricesOf(wanted.reservation);
        return { wanted, of, result: await reserveIn(tx, wanted.reservation, of) };
      });
    let made = await attempt();
    if (made?.result.outcome === 'refused' && made.result.hasExpired) {
      await expireReservations(db, tenantId, EXPIRE_AT_ONCE);
      made = await attempt();
    }
    return made && { ...made.wanted, hold: holdOf(made.wanted.reservation, made.of, made.result) };
  }

  function holdOf(reservation: Reservation, { usual, cheaper }: Prices, result: ReserveResult): Hold {
    const { provider, operation } = reservation;
    const outcome = result.outcome === 'refused' ? result.reason : result.outcome;
    metrics.reservations.inc({ provider, operation, outcome });
    if (result.outcome === 'refused') throw refusalOf(result, reservation);
    const price = (result.isCheaper ? cheaper : null) ?? usual;
    const { attempt, micros: reservedMicros, state } = result;
    return { reservation, attempt, model: price.model, price, reservedMicros, state };
  }

  return {
    reserveFor,
    async reserve(db, reservation) {
      const of = pricesOf(reservation);
      const result = await reserveAtOnce(db, reservation, of);
      // What nobody came back for may make room.
      if (result && !(result.outcome === 'refused' && result.hasExpired)) return holdOf(reservation, of, result);
      const reserved = await reserveFor(db, {
        tenantId: reservation.tenantId,
        read: () => Promise.resolve({ reservation }),
      });
      if (reserved === null) throw new AppError('INTERNAL_ERROR', 'nothing was reserved');
      return reserved.hold;
    },
    costOf: (hold, actual) => costMicros(hold.price, billedFor(hold, actual)),
    async settle(tx, hold, actual) {
      const usage = billedFor(hold, actual);
      const spentMicros = costMicros(hold.price, usage);
      const uncertainMicros = hold.reservation.resumes ? null : 0;
      const { model, requestIds = [] } = actual;
      await settleIn(tx, hold, { spentMicros, uncertainMicros, usage, model, requestIds });
      return spentMicros;
    },
    release: (tx, hold) => settleIn(tx, hold, { ...NOTHING, uncertainMicros: 0 }),
    async markUncertain(tx, hold) {
      await settleIn(tx, hold, { ...NOTHING, uncertainMicros: hold.reservedMicros });
    },
  };
}

async function reserveIn(tx: Tx, reservation: Reservation, of: Prices): Promise<ReserveResult> {
  const [row] = await tx.$queryRawUnsafe<{ result: ReserveResult }[]>(
    sqlFile('core/money/sql/reserve.sql'),
    ...reserveValues(reservation, of),
    true,
  );
  if (!row) throw new AppError('INTERNAL_ERROR', 'reserve_cost returned nothing');
  await tellOfBudgets(tx, reservation.tenantId, row.result.changes);
  return row.result;
}

/** nothing_to_tell: there are changes of budgets to tell of. */
const CHANGES_TO_TELL = 'VT001';

/**
 * The usual case, in which nobody has to be told of a budget: the budget's row, that all calls of the tenant wait for, is not
 * locked for a round trip.
 *
 * @returns null when somebody has to: nothing was reserved
 */
async function reserveAtOnce(db: Database, reservation: Reservation, of: Prices): Promise<ReserveResult | null> {
  try {
    const [row] = await db.atOnce<{ result: ReserveResult }>(
      reservation.tenantId,
      sqlFile('core/money/sql/reserve.sql'),
      ...reserveValues(reservation, of),
      false,
    );
    return row?.result ?? null;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === CHANGES_TO_TELL) return null;
    throw error;
  }
}

function reserveValues(reservation: Reservation, { usual, cheaper }: Prices): unknown[] {
  const { tenantId, activityKey, provider, operation, subject, upperBound } = reservation;
  return [
    newId(),
    tenantId,
    activityKey,
    provider,
    operation,
    purposeOf(reservation) === 'background',
    usual.model,
    mostMicros(usual, upperBound),
    usual.asOf,
    cheaper?.model ?? null,
    cheaper ? mostMicros(cheaper, upperBound) : null,
    cheaper?.asOf ?? null,
    subject.contactId ?? null,
    subject.conversationId ?? null,
    subject.enrichmentId ?? null,
    subject.groupId ?? null,
    subject.agentId ?? null,
    subject.campaignId ?? null,
    RESERVATION_SECONDS,
  ];
}

async function settleIn(
  tx: Tx,
  { reservation: { tenantId, activityKey }, attempt }: Hold,
  of: {
    spentMicros: number;
    uncertainMicros: number | null;
    usage: object | null;
    model: string | null;
    requestIds: string[];
  },
): Promise<void> {
  const [row] = await tx.$queryRawUnsafe<{ result: { changes: BudgetChange[] } | null }[]>(
    sqlFile('core/money/sql/settle.sql'),
    tenantId,
    activityKey,
    attempt,
    of.spentMicros,
    of.uncertainMicros,
    of.usage ? JSON.stringify(of.usage) : null,
    of.model,
    of.requestIds,
  );
  await tellOfBudgets(tx, tenantId, row?.result?.changes ?? []);
}

function billedFor({ price, reservation }: Hold, { usage }: ProviderResult): Usage & { estimated?: true } {
  return isMeasured(price, usage)
    ? billedUsage(price, usage)
    : { ...billedUsage(price, reservation.upperBound), estimated: true };
}

const DEFERRABLE: readonly PaidOperation[] = ['vision', 'speech', 'document', 'embedding'];

function purposeOf({ purpose, operation }: Reservation): CostPurpose {
  return purpose ?? (DEFERRABLE.includes(operation) ? 'background' : 'reply');
}

function refusalOf({ reason, budgetId, scope, period, leftMicros }: Refused, { operation }: Reservation): AppError {
  const budget = `the budget of this ${scope} for the ${period}`;
  const details = { budgetId, scope, period, reason, leftMicros, operation };
  switch (reason) {
    case 'enrichment_deferred':
      return new AppError('BUDGET_DEFERRED', `${budget} is almost spent, so what can wait waits; raise it to go on`, {
        details,
      });
    case 'held_by_calls':
      return new AppError('BUDGET_DEFERRED', `what is left of ${budget} is held by calls under way`, { details });
    case 'human':
      return new AppError('BUDGET_EXCEEDED', `${budget} is spent; raise it to go on`, { details });
    case 'does_not_fit':
      return new AppError(
        'BUDGET_EXCEEDED',
        `${budget} has ${leftMicros} micro-dollars left, which is less than this call may cost; raise it to go on`,
        { details },
      );
  }
}
