import { groupBy } from '../group-by';
import type { Usage } from '../providers/ports';
import {
  addQuantities,
  INVOICE_UNITS,
  isSameQuantity,
  quantitiesOf,
  usageOf,
  type InvoiceLine,
  type InvoiceUnit,
  type LedgerCost,
  type Quantities,
} from './invoice';

export type DifferenceKind =
  | 'missing_in_ledger'
  | 'missing_in_invoice'
  | 'quantity_differs'
  /** Same quantities, other amounts. */
  | 'price_differs'
  /** The ledger had to estimate the quantities. */
  | 'amount_differs';

/** Something that somebody has to look at. */
export interface Difference {
  kind: DifferenceKind;
  provider: string;
  model: string;
  /** Null: all calls of the model that are not named one by one. */
  requestId: string | null;
  tenantId: string | null;
  /** Row of the ledger. */
  costId: string | null;
  /** First line of the invoice that it is about. */
  line: number | null;
  unit: InvoiceUnit | null;
  ledgerQuantity: number | null;
  invoiceQuantity: number | null;
  ledgerMicros: number | null;
  invoiceMicros: number | null;
}

/** What a call whose outcome was unknown came to by the invoice. */
export interface Resolution {
  /** `under_way`: the call may end otherwise; nothing is booked. */
  kind: 'billed' | 'not_billed' | 'under_way';
  tenantId: string;
  costId: string;
  provider: string;
  model: string;
  /** The most that it may have cost. */
  boundMicros: number;
  billedMicros: number;
  usage: Usage;
  requestIds: string[];
}

export interface Reconciliation {
  differences: Difference[];
  resolutions: Resolution[];
  /** Calls of both sides that agree. Of calls without names those of a model count together. */
  matchedCalls: number;
  invoiceMicros: number;
  ledgerMicros: number;
  uncertainMicros: number;
}

/** One call of the invoice, its lines put together. */
interface BilledCall {
  provider: string;
  model: string;
  requestId: string;
  line: number;
  at: Date;
  amountMicros: number;
  quantities: Quantities;
}

/** A row of the ledger with what of its unknown tries is still unexplained. */
interface Open {
  cost: LedgerCost;
  leftMicros: number;
  resolution: Resolution | null;
}

/** Division leaves errors far below a micro-dollar. */
const NOISE = 1e-6;

/**
 * Holds an invoice against the ledger. Calls that the invoice names by request id are compared one by one, the others as the
 * sum of their model. Each call of the ledger is rounded up to a whole micro-dollar, so a sum may exceed the invoice by less
 * than one for each call.
 *
 * What the invoice has more is first looked for among the calls whose answer was lost, or whose process died, of the same
 * model, the nearest in time first, up to what they may have cost. What is not on it was not billed.
 *
 * @param toleranceMicros by how much two amounts may differ, for invoices that are rounded
 */
export function reconcile(
  lines: readonly InvoiceLine[],
  costs: readonly LedgerCost[],
  { toleranceMicros = 0 }: { toleranceMicros?: number } = {},
): Reconciliation {
  const differences: Difference[] = [];
  const opens = costs.map((cost): Open => ({ cost, leftMicros: boundOf(cost), resolution: null }));
  const calls = namedCalls(lines);
  const byRequest = new Map(
    costs.flatMap((cost) => cost.requestIds.map((id) => [`${cost.provider} ${id}`, cost] as const)),
  );
  const found = new Map<LedgerCost, BilledCall[]>();
  const unknown: BilledCall[] = [];
  for (const call of calls) {
    const cost = byRequest.get(`${call.provider} ${call.requestId}`);
    if (cost) found.set(cost, [...(found.get(cost) ?? []), call]);
    else unknown.push(call);
  }
  let matchedCalls = 0;
  for (const [cost, billed] of found) {
    const wrong = compareCall(cost, billed, toleranceMicros);
    differences.push(...wrong);
    if (wrong.length === 0) matchedCalls += billed.length;
  }
  // Few have lost an answer: an invoice of a hundred thousand lines must not look through all calls for each of them.
  const unexplained = groupBy(
    opens.filter(({ leftMicros }) => leftMicros > 0),
    ({ cost }) => modelKey(cost),
  );
  for (const call of unknown.toSorted((a, b) => a.at.getTime() - b.at.getTime())) {
    if (!resolveCall(call, unexplained.get(modelKey(call)) ?? [])) differences.push(missingInLedger(call));
  }

  const sums = groupBy(
    lines.filter(({ requestId }) => requestId === null),
    modelKey,
  );
  const namedModels = new Set(calls.map(modelKey));
  const rest = groupBy(
    opens.filter(({ cost }) => !found.has(cost) && cost.isInPeriod),
    ({ cost }) => modelKey(cost),
  );
  for (const [model, unnamedLines] of sums) {
    const own = (rest.get(model) ?? []).filter(({ cost }) => !namedModels.has(model) || cost.requestIds.length === 0);
    const { wrong, agreeing } = compareSum(unnamedLines, own, toleranceMicros);
    differences.push(...wrong);
    matchedCalls += agreeing;
  }
  for (const [model, own] of rest) {
    const listed = own.filter(({ cost }) => !sums.has(model) || (namedModels.has(model) && cost.requestIds.length > 0));
    differences.push(...listed.filter(({ cost }) => cost.costMicros > 0).map(({ cost }) => missingInInvoice(cost)));
  }
  for (const open of opens) if (open.cost.uncertainMicros > 0 && open.cost.isInPeriod) open.resolution ??= empty(open);
  return {
    differences,
    resolutions: opens.flatMap(({ resolution }) => resolution ?? []),
    matchedCalls,
    invoiceMicros: lines.reduce((sum, { amountMicros }) => sum + amountMicros, 0),
    ledgerMicros: sumOf(costs, 'costMicros'),
    uncertainMicros: sumOf(costs, 'uncertainMicros'),
  };
}

const modelKey = ({ provider, model }: { provider: string; model: string }): string => `${provider} ${model}`;
const boundOf = ({ uncertainMicros, abandonedMicros }: LedgerCost): number => uncertainMicros + abandonedMicros;
const wholeMicros = (amountMicros: number): number => Math.max(0, Math.ceil(amountMicros - NOISE));
const sumOf = (costs: readonly LedgerCost[], field: 'costMicros' | 'uncertainMicros'): number =>
  costs.filter(({ isInPeriod }) => isInPeriod).reduce((sum, cost) => sum + cost[field], 0);

function namedCalls(lines: readonly InvoiceLine[]): BilledCall[] {
  const calls = new Map<string, BilledCall>();
  for (const { provider, model, requestId, line, at, amountMicros, unit, quantity } of lines) {
    if (requestId === null) continue;
    const key = `${provider} ${requestId}`;
    const call = calls.get(key) ?? { provider, model, requestId, line, at, amountMicros: 0, quantities: {} };
    call.amountMicros += amountMicros;
    call.quantities = addQuantities(call.quantities, { [unit]: quantity });
    calls.set(key, call);
  }
  return [...calls.values()];
}

function compareCall(cost: LedgerCost, billed: BilledCall[], toleranceMicros: number): Difference[] {
  const invoiceMicros = billed.reduce((sum, { amountMicros }) => sum + wholeMicros(amountMicros), 0);
  const about = {
    ...differenceOf(cost),
    requestId: billed[0]?.requestId ?? null,
    line: billed[0]?.line ?? null,
    invoiceMicros,
  };
  const quantities = billed.reduce<Quantities>((sum, call) => addQuantities(sum, call.quantities), {});
  const units = cost.usage.estimated ? [] : unequalUnits(quantities, quantitiesOf(cost.usage));
  if (units.length > 0) return units.map((unit) => ({ ...about, kind: 'quantity_differs', ...unit }));
  if (Math.abs(invoiceMicros - cost.costMicros) <= toleranceMicros) return [];
  return [{ ...about, kind: cost.usage.estimated ? 'amount_differs' : 'price_differs' }];
}

/** An invoice that knows no cached tokens bills them as ordinary ones. */
function unequalUnits(invoice: Quantities, ledger: Required<Quantities>) {
  const own = { ...ledger };
  if (invoice.cached_input_tokens === undefined) own.input_tokens += own.cached_input_tokens;
  return INVOICE_UNITS.flatMap((unit) => {
    const quantity = invoice[unit];
    if (quantity === undefined || isSameQuantity(quantity, own[unit])) return [];
    return [{ unit, ledgerQuantity: own[unit], invoiceQuantity: quantity }];
  });
}

/** Gives a call that the ledger does not know to the lost answer of its model that it can have been; false when there is none. */
function resolveCall(call: BilledCall, opens: Open[]): boolean {
  const billedMicros = wholeMicros(call.amountMicros);
  const distanceMs = ({ cost }: Open) => Math.abs(cost.createdAt.getTime() - call.at.getTime());
  const [open] = opens
    .filter(({ leftMicros }) => leftMicros > 0 && leftMicros >= billedMicros)
    .toSorted((a, b) => distanceMs(a) - distanceMs(b));
  if (!open) return false;
  take(open, { billedMicros, usage: usageOf(call.quantities), requestIds: [call.requestId] });
  return true;
}

function take(open: Open, of: Pick<Resolution, 'billedMicros' | 'usage' | 'requestIds'>): void {
  const { cost } = open;
  const before = open.resolution ?? empty(open);
  open.leftMicros -= of.billedMicros;
  open.resolution = {
    ...before,
    kind: cost.isUnderWay ? 'under_way' : 'billed',
    billedMicros: before.billedMicros + of.billedMicros,
    usage: usageOf(addQuantities(quantitiesOf(before.usage), quantitiesOf(of.usage))),
    requestIds: [...before.requestIds, ...of.requestIds],
  };
}

function empty({ cost }: Open): Resolution {
  const { tenantId, id: costId, provider, model, isUnderWay } = cost;
  const kind = isUnderWay ? 'under_way' : 'not_billed';
  return {
    ...{ kind, tenantId, costId, provider, model, boundMicros: boundOf(cost) },
    ...{ billedMicros: 0, usage: {}, requestIds: [] },
  };
}

/** The calls of one model that the invoice adds up, against those of the ledger. */
function compareSum(lines: InvoiceLine[], opens: Open[], toleranceMicros: number) {
  const [first] = lines;
  const [any] = opens;
  const invoiceMicros = lines.reduce((sum, { amountMicros }) => sum + amountMicros, 0);
  const quantities = lines.reduce<Quantities>(
    (sum, { unit, quantity }) => addQuantities(sum, { [unit]: quantity }),
    {},
  );
  const paid = opens.filter(({ cost }) => cost.costMicros > 0);
  const ledgerMicros = paid.reduce((sum, { cost }) => sum + cost.costMicros, 0);
  const ledger = paid.reduce<Quantities>((sum, { cost }) => addQuantities(sum, quantitiesOf(cost.usage)), {});
  const known = { ...quantitiesOf({}), ...ledger };
  const about: Difference = {
    ...NOTHING_KNOWN,
    ...{ provider: first?.provider ?? '', model: first?.model ?? '', line: first?.line ?? null },
    ...{ ledgerMicros: any ? ledgerMicros : null, invoiceMicros },
  };
  const leftMicros = opens.reduce((sum, open) => sum + open.leftMicros, 0);
  if (!any || (paid.length === 0 && leftMicros === 0)) return { wrong: [about], agreeing: 0 };

  const isEstimated = paid.some(({ cost }) => cost.usage.estimated);
  const units = isEstimated ? [] : unequalUnits(quantities, known);
  const isWithinRounding =
    invoiceMicros <= ledgerMicros + toleranceMicros + NOISE &&
    invoiceMicros > ledgerMicros - Math.max(1, paid.length) - toleranceMicros;
  if (units.length === 0 && isWithinRounding) return { wrong: [], agreeing: paid.length };

  const moreMicros = wholeMicros(invoiceMicros - ledgerMicros);
  const isMore = units.every(({ unit }) => (quantities[unit] ?? 0) > known[unit]);
  const isAtLeast = invoiceMicros > ledgerMicros - Math.max(1, paid.length) - toleranceMicros;
  if (units.length > 0 && isMore && isAtLeast && moreMicros <= leftMicros) {
    const usage = usageOf(
      Object.fromEntries(units.map((unit) => [unit.unit, unit.invoiceQuantity - unit.ledgerQuantity])),
    );
    spread(opens, { billedMicros: moreMicros, usage });
    return { wrong: [], agreeing: paid.length };
  }
  const kind = isEstimated ? 'amount_differs' : 'price_differs';
  const wrong: Difference[] =
    units.length === 0 ? [{ ...about, kind }] : units.map((unit) => ({ ...about, kind: 'quantity_differs', ...unit }));
  return { wrong, agreeing: 0 };
}

/** Over the lost answers, the oldest first; the usage goes to the first that takes a part. */
function spread(opens: Open[], { billedMicros, usage }: { billedMicros: number; usage: Usage }): void {
  let left = billedMicros;
  let unplaced: Usage = usage;
  for (const open of opens.toSorted((a, b) => a.cost.createdAt.getTime() - b.cost.createdAt.getTime())) {
    if (open.leftMicros <= 0) continue;
    const part = Math.min(left, open.leftMicros);
    take(open, { billedMicros: part, usage: unplaced, requestIds: [] });
    unplaced = {};
    left -= part;
    if (left <= 0) return;
  }
}

const NOTHING_KNOWN: Difference = {
  kind: 'missing_in_ledger',
  provider: '',
  model: '',
  requestId: null,
  tenantId: null,
  costId: null,
  line: null,
  unit: null,
  ledgerQuantity: null,
  invoiceQuantity: null,
  ledgerMicros: null,
  invoiceMicros: null,
};

function differenceOf({ provider, model, tenantId, id, costMicros }: LedgerCost): Difference {
  return { ...NOTHING_KNOWN, provider, model, tenantId, costId: id, ledgerMicros: costMicros };
}

function missingInInvoice(cost: LedgerCost): Difference {
  return { ...differenceOf(cost), kind: 'missing_in_invoice', requestId: cost.requestIds[0] ?? null };
}

function missingInLedger({ provider, model, requestId, line, amountMicros }: BilledCall): Difference {
  return { ...NOTHING_KNOWN, provider, model, requestId, line, invoiceMicros: wholeMicros(amountMicros) };
}
