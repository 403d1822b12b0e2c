import { sqlFile, type Tx } from '../database';
import { toPage, type Page, type PageRequest } from './page';

export const COST_GROUPS = [
  'provider',
  'model',
  'operation',
  'conversation',
  'contact',
  'agent',
  'campaign',
  'day',
] as const;
export type CostGroup = (typeof COST_GROUPS)[number];

export interface CostRow {
  /** A name, an id, or a day of the project's time zone. Null: none. */
  key: string | null;
  calls: number;
  /** What was really spent, in micro-dollars. */
  settledMicros: bigint;
  /** What calls whose answer was lost may have cost at most, until an invoice says what it was. */
  uncertainMicros: bigint;
  /** What calls that are still running may cost at most, in micro-dollars. */
  reservedMicros: bigint;
}

export interface CostPeriod {
  from: Date | null;
  /** Not included. */
  to: Date | null;
}

/** The costs of a tenant, the most expensive group first; of days the last one first. */
export async function costReport(
  tx: Tx,
  tenantId: string,
  { groupBy, from, to, limit, after }: PageRequest & CostPeriod & { groupBy: CostGroup },
): Promise<Page<CostRow>> {
  const rows = await tx.$queryRawUnsafe<CostRow[]>(
    sqlFile('core/crm/sql/cost_report.sql'),
    tenantId,
    groupBy,
    from?.toISOString() ?? null,
    to?.toISOString() ?? null,
    after?.[0] ?? null,
    after?.[1] ?? null,
    limit + 1,
  );
  // The rank by which the statement orders.
  const rankOf = ({ settledMicros }: CostRow) => (groupBy === 'day' ? '0' : String(settledMicros));
  return toPage(rows, limit, (row) => [rankOf(row), row.key ?? '']);
}

/** The sum over all groups of the same period. */
export async function costTotals(tx: Tx, tenantId: string, { from, to }: CostPeriod): Promise<Omit<CostRow, 'key'>> {
  const [totals] = await tx.$queryRawUnsafe<CostRow[]>(
    sqlFile('core/crm/sql/cost_report.sql'),
    tenantId,
    'total',
    from?.toISOString() ?? null,
    to?.toISOString() ?? null,
    null,
    null,
    1,
  );
  return totals ?? { calls: 0, settledMicros: 0n, uncertainMicros: 0n, reservedMicros: 0n };
}
