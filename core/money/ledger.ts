import { sqlFile, type Database, type Statement, type Tx } from '../database';
import { AppError } from '../errors';
import { newId } from '../ids';
import { metrics } from '../observability/metrics';
import { metadataOf } from '../outbox/events';
import type { ProviderResult, Usage } from '../providers/ports';
import { expireReservations } from './expire';
import { operationLabel } from './operation-label';
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
  /**
   * What a call holds that will not come back to it itself; null when it is settled. Nothing is reserved for this.
   *
   * @throws AppError PRICE_UNKNOWN
   */
  openHold(db: Database, of: { tenantId: string; activityKey: string }): Promise<Hold | null>;
  /** What settling this answer will count as its cost. */
  costOf(hold: Hold, actual: ProviderResult): number;
  /**
   * An answer that does not say what is billed (a compatible server without `usage`, audio without a duration) costs what
   * was reserved and is marked `usage.estimated`: an unknown price is not free. Counts also after the reservation expired.
   *
   * @returns what the call cost.
   */
  settle(db: Database, hold: Hold, actual: ProviderResult): Promise<number>;
  /**
   * The same in one transaction with what `store` writes. Settling comes last, together with the commit: all calls of the
   * tenant wait for the rows of its budgets.
   *
   * @returns what `store` returns
   */
  settleWith<T>(
    db: Database,
    of: { hold: Hold; actual: ProviderResult },
    store: (tx: Tx, costMicros: number) => Promise<T>,
  ): Promise<T>;
  /** The same with one statement that stores it, all in one round trip. @returns its rows */
  settleAfter<Row>(db: Database, of: { hold: Hold; actual: ProviderResult }, storing: Statement): Promise<Row[]>;
  /** The call was not billed. */
  release(db: Database, hold: Hold): Promise<void>;
  /** Nobody knows whether the call was billed: its upper bound counts as spent until an invoice says more. */
  markUncertain(db: Database, hold: Hold): Promise<void>;
}

type ReserveResult =
  | { outcome: 'reserved'; attempt: number; state: BudgetState; micros: number; isCheaper: boolean }
  | {
      outcome: 'refused';
      reason: 'enrichment_deferred' | 'human' | 'does_not_fit' | 'held_by_calls';
      budgetId: string;
      scope: string;
      period: string;
      leftMicros: number;
      hasExpired: boolean;
    };
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

  /** Reserves for what `read` finds, which leaves together with the COMMIT. */
  async function reserveFor<W extends Wanted>(db: Database, { tenantId, read }: Reader<W>) {
    const attempt = async () => {
      const [found, [row]] = await db.endWith<{ wanted: W; of: Prices } | null, { result: ReserveResult }>(
        tenantId,
        async (tx) => {
          const wanted = await read(tx);
          return wanted && { wanted, of: pricesOf(wanted.reservation) };
        },
        (found) => found && reserving(found.wanted.reservation, found.of),
      );
      return found && { ...found, result: resultOf(row) };
    };
    const made = await makingRoom(db, tenantId, attempt);
    return made && { ...made.wanted, hold: holdOf(made.wanted.reservation, made.of, made.result) };
  }

  function holdOf(reservation: Reservation, { usual, cheaper }: Prices, result: ReserveResult): Hold {
    const { provider, operation } = reservation;
    const outcome = result.outcome === 'refused' ? result.reason : result.outcome;
    metrics.reservations.inc({ provider, operation: operationLabel(operation), outcome });
    if (result.outcome === 'refused') throw refusalOf(result, reservation);
    const price = (result.isCheaper ? cheaper : null) ?? usual;
    const { attempt, micros: reservedMicros, state } = result;
    return { reservation, attempt, model: price.model, price, reservedMicros, state };
  }

  return {
    reserveFor,
    async reserve(db, reservation) {
      const of = pricesOf(reservation);
      const attempt = async () => {
        const [row] = await db.atOnce<{ result: ReserveResult }>(reservation.tenantId, reserving(reservation, of));
        return { result: resultOf(row) };
      };
      const { result } = await makingRoom(db, reservation.tenantId, attempt);
      return holdOf(reservation, of, result);
    },
    async openHold(db, { tenantId, activityKey }) {
      const cost = await db.withTenant(tenantId, (tx) =>
        tx.aiCost.findUnique({ where: { tenantId_activityKey: { tenantId, activityKey } } }),
      );
      if (!cost || cost.status === 'settled') return null;
      const { provider, model, attempt } = cost;
      const reservation: Reservation = {
        tenantId,
        activityKey,
        provider,
        model,
        operation: cost.operation as PaidOperation,
        subject: {},
        upperBound: {},
      };
      const reservedMicros = Number(cost.reservedMicros);
      return { reservation, attempt, model, price: prices.priceOf(provider, model), reservedMicros, state: 'normal' };
    },
    costOf,
    async settle(db, hold, actual) {
      await db.atOnce(hold.reservation.tenantId, settling(hold, actual));
      return costOf(hold, actual);
    },
    async settleWith(db, { hold, actual }, store) {
      const [stored] = await db.endWith(
        hold.reservation.tenantId,
        (tx) => store(tx, costOf(hold, actual)),
        () => settling(hold, actual),
      );
      return stored;
    },
    async settleAfter<Row>(db: Database, { hold, actual }: { hold: Hold; actual: ProviderResult }, storing: Statement) {
      const both = [storing, settling(hold, actual)];
      const [, [rows = []]] = await db.endWithAll(
        hold.reservation.tenantId,
        async () => null,
        () => both,
      );
      return rows as Row[];
    },
    async release(db, hold) {
      await db.atOnce(hold.reservation.tenantId, closing(hold, { ...NOTHING, uncertainMicros: 0 }));
    },
    async markUncertain(db, hold) {
      const uncertainMicros = hold.reservedMicros;
      await db.atOnce(hold.reservation.tenantId, closing(hold, { ...NOTHING, uncertainMicros }));
    },
  };
}

function resultOf(row: { result: ReserveResult } | undefined): ReserveResult {
  if (!row) throw new AppError('INTERNAL_ERROR', 'reserve_cost returned nothing');
  return row.result;
}

/** Tries once more where giving back what nobody came back for may make room. */
async function makingRoom<Made extends { result: ReserveResult } | null>(
  db: Database,
  tenantId: string,
  attempt: () => Promise<Made>,
): Promise<Made> {
  const made = await attempt();
  if (made?.result.outcome !== 'refused' || !made.result.hasExpired) return made;
  await expireReservations(db, tenantId, EXPIRE_AT_ONCE);
  return attempt();
}

function reserving(reservation: Reservation, of: Prices): Statement {
  return { text: sqlFile('core/money/sql/reserve.sql'), values: reserveValues(reservation, of) };
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
    JSON.stringify(metadataOf()),
  ];
}

function costOf(hold: Hold, actual: ProviderResult): number {
  return costMicros(hold.price, billedFor(hold, actual));
}

function settling(hold: Hold, actual: ProviderResult): Statement {
  const { model, requestIds = [] } = actual;
  return closing(hold, {
    spentMicros: costOf(hold, actual),
    uncertainMicros: hold.reservation.resumes ? null : 0,
    usage: billedFor(hold, actual),
    model,
    requestIds,
  });
}

function closing(
  { reservation: { tenantId, activityKey }, attempt }: Hold,
  of: {
    spentMicros: number;
    uncertainMicros: number | null;
    usage: object | null;
    model: string | null;
    requestIds: string[];
  },
): Statement {
  return {
    text: sqlFile('core/money/sql/settle.sql'),
    values: [
      tenantId,
      activityKey,
      attempt,
      of.spentMicros,
      of.uncertainMicros,
      of.usage ? JSON.stringify(of.usage) : null,
      of.model,
      of.requestIds,
      JSON.stringify(metadataOf()),
    ],
  };
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
