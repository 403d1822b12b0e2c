import { sqlFile, type Database } from '../database';
import { metadataOf } from '../outbox/events';
import type { InvoiceLine, LedgerCost } from './invoice';
import { reconcile, type Reconciliation, type Resolution } from './reconcile';

const ROWS_AT_ONCE = 1_000;
/** Before every id. */
const START = '00000000-0000-0000-0000-000000000000';
const DAY_MS = 24 * 3_600_000;

export interface InvoiceCheck extends Reconciliation {
  from: Date;
  /** Not included. */
  to: Date;
}

export interface InvoiceCheckOptions {
  /** Whose calls the account of the provider pays for. */
  tenantIds: readonly string[];
  /** What time the invoice covers. Absent: the days (UTC) of its lines. */
  from?: Date | undefined;
  /** Not included. */
  to?: Date | undefined;
  toleranceMicros?: number | undefined;
}

/** Holds an invoice against what the ledger has of its providers and its time. Writes nothing. */
export async function checkInvoice(
  db: Database,
  lines: readonly InvoiceLine[],
  { tenantIds, toleranceMicros = 0, ...period }: InvoiceCheckOptions,
): Promise<InvoiceCheck> {
  const times = lines.map(({ at }) => at.getTime());
  const from = period.from ?? new Date(startOfDay(times.reduce((a, b) => Math.min(a, b))));
  const to = period.to ?? new Date(startOfDay(times.reduce((a, b) => Math.max(a, b))) + DAY_MS);
  const providers = [...new Set(lines.map(({ provider }) => provider))];
  const costs: LedgerCost[] = [];
  for (const tenantId of tenantIds) costs.push(...(await costsOf(db, tenantId, { providers, from, to })));
  return { ...reconcile(lines, costs, { toleranceMicros }), from, to };
}

/**
 * Books what the invoice says of calls whose outcome was unknown: what was billed is spent from then on, what was not is free
 * again. Budgets follow. Calls under way are left alone.
 *
 * @returns how many rows of the ledger it changed
 */
export async function bookResolutions(db: Database, resolutions: readonly Resolution[]): Promise<number> {
  let booked = 0;
  for (const { kind, tenantId, costId, billedMicros, usage, requestIds } of resolutions) {
    if (kind === 'under_way') continue;
    booked += await db.withTenant(tenantId, async (tx) => {
      const [row] = await tx.$queryRawUnsafe<{ result: object | null }[]>(
        sqlFile('core/money/sql/reconcile.sql'),
        tenantId,
        costId,
        billedMicros,
        kind === 'billed' ? JSON.stringify(usage) : null,
        requestIds,
        JSON.stringify(metadataOf()),
      );
      return row?.result ? 1 : 0;
    });
  }
  return booked;
}

type CostRow = Omit<LedgerCost, 'tenantId' | 'costMicros' | 'uncertainMicros' | 'abandonedMicros'> & {
  costMicros: bigint;
  uncertainMicros: bigint;
  abandonedMicros: bigint;
};

async function costsOf(
  db: Database,
  tenantId: string,
  { providers, from, to }: { providers: string[]; from: Date; to: Date },
): Promise<LedgerCost[]> {
  const costs: LedgerCost[] = [];
  for (let after: string | undefined = START; after !== undefined;) {
    const at: string = after;
    const rows = await db.withTenant(tenantId, (tx) =>
      tx.$queryRawUnsafe<CostRow[]>(
        sqlFile('core/money/sql/costs-of-invoice.sql'),
        tenantId,
        providers,
        from.toISOString(),
        to.toISOString(),
        at,
        ROWS_AT_ONCE,
      ),
    );
    costs.push(
      ...rows.map((row) => ({
        ...row,
        tenantId,
        costMicros: Number(row.costMicros),
        uncertainMicros: Number(row.uncertainMicros),
        abandonedMicros: Number(row.abandonedMicros),
      })),
    );
    after = rows.length === ROWS_AT_ONCE ? rows.at(-1)?.id : undefined;
  }
  return costs;
}

const startOfDay = (ms: number): number => Math.floor(ms / DAY_MS) * DAY_MS;
