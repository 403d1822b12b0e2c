import { stringify } from 'csv-stringify/sync';
import { sqlFile, type Database } from '../database';
import type { CostPeriod } from './cost-report';

const ROWS_AT_ONCE = 1_000;
/** Before every id: ids grow with time. */
const START = '00000000-0000-0000-0000-000000000000';

/** In the order of the columns. */
const COLUMNS = [
  'id',
  'created_at',
  'settled_at',
  'operation',
  'provider',
  'model',
  'status',
  'cost_micros',
  'uncertain_micros',
  'reserved_micros',
  'input_tokens',
  'cached_input_tokens',
  'output_tokens',
  'audio_seconds',
  'pages',
  'images',
  'messages',
  'is_estimated',
  'price_as_of',
  'contact_id',
  'conversation_id',
  'enrichment_id',
  'turn_id',
  'agent_id',
  'campaign_id',
] as const;

/**
 * Every call of the ledger within a period as CSV, page by page, oldest first. Each page is a transaction of its own, so a
 * slow reader holds none open.
 */
export async function* exportCosts(
  db: Database,
  tenantId: string,
  { from, to }: CostPeriod,
): AsyncGenerator<string, void> {
  yield lines([[...COLUMNS]]);
  for (let after: string | undefined = START; after !== undefined;) {
    const rows: Record<string, unknown>[] = await db.withTenant(tenantId, (tx) =>
      tx.$queryRawUnsafe<Record<string, unknown>[]>(
        sqlFile('core/crm/sql/export_costs.sql'),
        tenantId,
        from?.toISOString() ?? null,
        to?.toISOString() ?? null,
        after,
        ROWS_AT_ONCE,
      ),
    );
    if (rows.length > 0) yield lines(rows.map((row) => COLUMNS.map((column) => row[column])));
    after = rows.length === ROWS_AT_ONCE ? String(rows.at(-1)?.['id']) : undefined;
  }
}

function lines(rows: unknown[][]): string {
  return stringify(rows, { escape_formulas: true });
}
