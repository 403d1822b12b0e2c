import { writeFileSync } from 'node:fs';
import { bookResolutions, checkInvoice, type InvoiceCheck } from '../../core/money/invoice-check';
import { readInvoiceFile } from '../../core/money/invoice-file';
import type { Difference } from '../../core/money/reconcile';
import { tenantsOf, withLedger } from './open';
import { table, usd } from './table';

export interface ReconcileOptions {
  tenant?: string;
  from?: Date;
  to?: Date;
  tolerance?: number;
  book?: boolean;
  json?: string;
}

const MOST_SHOWN = 200;

/** Sets exit code 1 when there are differences. */
export async function reconcileFile(file: string, options: ReconcileOptions): Promise<void> {
  const lines = readInvoiceFile(file);
  const { check, booked } = await withLedger(async (db) => {
    const tenantIds = await tenantsOf(db, options.tenant);
    const { from, to, tolerance: toleranceMicros } = options;
    const found = await checkInvoice(db, lines, { tenantIds, from, to, toleranceMicros });
    return { check: found, booked: options.book ? await bookResolutions(db, found.resolutions) : 0 };
  });
  if (options.json) writeFileSync(options.json, `${JSON.stringify({ ...check, booked }, null, 2)}\n`);
  console.log(describe(check, { file, lines: lines.length }));
  if (options.book) console.log(`Booked: ${booked} calls have no unknown outcome any more`);
  if (check.differences.length > 0) process.exitCode = 1;
}

function describe(check: InvoiceCheck, { file, lines }: { file: string; lines: number }): string {
  const count = (kind: string) => check.resolutions.filter((one) => one.kind === kind).length;
  const billed = check.resolutions.reduce((sum, { billedMicros }) => sum + billedMicros, 0);
  return [
    `${file}: ${lines} lines, ${check.from.toISOString()} to ${check.to.toISOString()}`,
    `Invoice ${usd(check.invoiceMicros)}; ledger ${usd(check.ledgerMicros)}, and at most ${usd(check.uncertainMicros)} of calls whose answer was lost`,
    `${check.matchedCalls} calls agree`,
    `Calls whose outcome was unknown: ${count('billed')} were billed (${usd(billed)}), ${count('not_billed')} were not, ${count('under_way')} are under way`,
    ...differenceTable(check.differences),
    check.differences.length === 0 ? '✔ nothing unexplained' : `✖ ${check.differences.length} differences`,
  ].join('\n');
}

function differenceTable(differences: Difference[]): string[] {
  if (differences.length === 0) return [];
  const rows = differences
    .slice(0, MOST_SHOWN)
    .map((one) => [
      one.kind,
      one.line,
      `${one.provider}/${one.model}`,
      one.requestId ?? '-',
      one.unit ?? '-',
      one.ledgerQuantity,
      one.invoiceQuantity,
      one.ledgerMicros,
      one.invoiceMicros === null ? null : Math.round(one.invoiceMicros * 1000) / 1000,
      one.costId ?? '-',
    ]);
  const columns = ['difference', 'line', 'model', 'request', 'unit', 'ledger', 'invoice', 'ledger µ$', 'invoice µ$'];
  const rest = differences.length - rows.length;
  return ['', table([...columns, 'cost'], rows), ...(rest > 0 ? [`… and ${rest} more; --json has all`] : []), ''];
}
