import { writeFileSync } from 'node:fs';
import { costReport, type CostGroup, type CostRow } from '../../core/crm/cost-report';
import { allPages, tenantsOf, withLedger } from './open';
import { table, usd } from './table';

export interface ReportOptions {
  by: CostGroup;
  from?: Date;
  to?: Date;
  tenant?: string;
  json?: string;
}

export async function report({ by, from, to, tenant, json }: ReportOptions): Promise<void> {
  const groups = new Map<string | null, CostRow>();
  await withLedger(async (db) => {
    for (const tenantId of await tenantsOf(db, tenant)) {
      const of = { groupBy: by, from: from ?? null, to: to ?? null };
      const rows = allPages((at) => db.withTenant(tenantId, (tx) => costReport(tx, tenantId, { ...at, ...of })));
      for await (const row of rows) groups.set(row.key, sum(groups.get(row.key), row));
    }
  });
  const rows = [...groups.values()].sort(
    by === 'day'
      ? (a, b) => (a.key ?? '').localeCompare(b.key ?? '')
      : (a, b) => Number(b.settledMicros - a.settledMicros),
  );
  const total = rows.reduce<CostRow | undefined>(sum, undefined);
  if (json) writeFileSync(json, `${JSON.stringify({ by, rows, total: total ?? null }, bigIntsAsNumbers, 2)}\n`);
  if (!total) return console.log('No costs in this time');
  const cells = ({ calls, settledMicros, uncertainMicros, reservedMicros }: CostRow) =>
    [calls, usd(settledMicros), usd(uncertainMicros), usd(reservedMicros)] as const;
  console.log(
    table(
      [by, 'calls', 'spent', 'uncertain', 'reserved'],
      [...rows.map((row) => [row.key ?? '(none)', ...cells(row)]), ['total', ...cells(total)]],
    ),
  );
}

function sum(before: CostRow | undefined, row: CostRow): CostRow {
  if (!before) return row;
  return {
    key: before.key,
    calls: before.calls + row.calls,
    settledMicros: before.settledMicros + row.settledMicros,
    uncertainMicros: before.uncertainMicros + row.uncertainMicros,
    reservedMicros: before.reservedMicros + row.reservedMicros,
  };
}

const bigIntsAsNumbers = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? Number(value) : value);
