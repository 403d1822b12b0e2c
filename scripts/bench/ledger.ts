import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import { createDatabase } from '../../core/database';
import { migrate } from '../../core/database/migrate';
import { newId } from '../../core/ids';
import { createBudget } from '../../core/money/budgets';
import { createLedger } from '../../core/money/ledger';
import { loadPrices } from '../../core/money/price-table';
import { createFreshDatabase } from '../embedded/fresh-database';
import { measured, type Measured } from './percentiles';
import { newBenchTenant } from './tenant';

export interface LedgerBenchOptions {
  calls: number;
  concurrency: number;
  /** How long the provider takes between reserving and settling. */
  providerMs: number;
  jsonFile?: string;
}

export interface LedgerBenchReport {
  name: 'ledger';
  settings: Record<string, unknown>;
  /** Bare: lock and count up one shared row and write one row, then the same back, with plain SQL. */
  baseline: Measured;
  /** Reserve and settle of one call together, under a budget of the tenant for the day and one for the month. */
  product: Measured;
  /** p95 of the product over that of the bare SQL. */
  p95Ratio: number;
}

const DATABASE_CONNECTIONS = 10;
const WARM_UP_CALLS = 200;

/** Reserve + settle on a database of its own on the server of DATABASE_URL, all calls of one tenant: the hottest rows. */
export async function runLedgerBench(options: LedgerBenchOptions): Promise<LedgerBenchReport> {
  const server = process.env['DATABASE_URL'];
  if (!server) throw new Error('DATABASE_URL is not set: this benchmark needs a real Postgres server');
  const database = await createFreshDatabase(server);
  try {
    await migrate(database.url);
    const baseline = await measureBaseline(database.url, options);
    const product = await measureProduct(database.url, options);
    const report: LedgerBenchReport = {
      name: 'ledger',
      settings: {
        calls: options.calls,
        concurrency: options.concurrency,
        providerMs: options.providerMs,
        budgets: 2,
        databaseConnections: DATABASE_CONNECTIONS,
        node: process.version,
        cpus: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
      },
      baseline,
      product,
      p95Ratio: Math.round((product.p95Ms / baseline.p95Ms) * 100) / 100,
    };
    if (options.jsonFile) writeFileSync(options.jsonFile, `${JSON.stringify(report, null, 2)}\n`);
    return report;
  } finally {
    await database.drop();
  }
}

async function measureProduct(url: string, options: LedgerBenchOptions): Promise<Measured> {
  const db = createDatabase({ url, maxConnections: DATABASE_CONNECTIONS, preparedStatements: true });
  const ledger = createLedger(loadPrices());
  try {
    const { tenantId } = await newBenchTenant(db);
    for (const period of ['day', 'month'] as const)
      await db.withTenant(tenantId, (tx) =>
        createBudget(tx, tenantId, { scope: 'tenant', period, capMicros: 1_000_000_000 }),
      );
    return await measure(options, {
      reserve: () =>
        ledger.reserve(db, {
          tenantId,
          activityKey: newId(),
          provider: 'openai',
          model: 'gpt-6-luna',
          operation: 'language',
          subject: {},
          upperBound: { inputTokens: 8_000, outputTokens: 1_024 },
        }),
      settle: (hold) =>
        ledger.settle(db, hold, { model: 'gpt-6-luna', usage: { inputTokens: 2_000, outputTokens: 100 } }),
    });
  } finally {
    await db.close();
  }
}

async function measureBaseline(url: string, options: LedgerBenchOptions): Promise<Measured> {
  const pool = new Pool({ connectionString: url, max: DATABASE_CONNECTIONS });
  const inTransaction = async (statements: [name: string, text: string, values: unknown[]][]) => {
    const client = await pool.connect();
    try {
      await client.query('begin');
      for (const [name, text, values] of statements) await client.query({ name, text, values });
      await client.query('commit');
    } finally {
      client.release();
    }
  };
  try {
    await pool.query(
      'create table bench_total (id integer primary key, spent bigint not null, reserved bigint not null)',
    );
    await pool.query('create table bench_calls (id uuid primary key, status text not null, micros bigint not null)');
    await pool.query('insert into bench_total values (1, 0, 0), (2, 0, 0)');
    return await measure(options, {
      reserve: async () => {
        const id = newId();
        await inTransaction([
          ['insert', "insert into bench_calls values ($1, 'reserved', 1000)", [id]],
          [
            'hold',
            `${IN_ORDER} update bench_total set reserved = reserved + $1 from locked where locked.id = bench_total.id`,
            [1_000],
          ],
        ]);
        return id;
      },
      settle: (id) =>
        inTransaction([
          ['close', "update bench_calls set status = 'settled', micros = 300 where id = $1", [id]],
          [
            'spend',
            `${IN_ORDER} update bench_total set reserved = reserved - $1, spent = spent + $2 from locked where locked.id = bench_total.id`,
            [1_000, 300],
          ],
        ]),
    });
  } finally {
    await pool.end();
  }
}

/** Two that lock the same rows in another order each would wait for each other for ever. */
const IN_ORDER = 'with locked as (select id from bench_total order by id for update)';

/** `concurrency` calls are under way at once; counted is what each waits for the ledger, not for the provider. */
async function measure<Hold>(
  { calls, concurrency, providerMs }: LedgerBenchOptions,
  ledger: { reserve: () => Promise<Hold>; settle: (hold: Hold) => Promise<unknown> },
): Promise<Measured> {
  const latenciesMs: number[] = [];
  let started = 0;
  const worker = async (total: number, place: number) => {
    // Spread over the provider's time: real calls do not start in step.
    await sleep((providerMs * place) / concurrency);
    while (started++ < total) {
      const before = performance.now();
      const hold = await ledger.reserve();
      const reserved = performance.now();
      await sleep(providerMs);
      const back = performance.now();
      await ledger.settle(hold);
      latenciesMs.push(reserved - before + (performance.now() - back));
    }
  };
  const round = async (total: number) => {
    started = 0;
    latenciesMs.length = 0;
    const startedMs = performance.now();
    await Promise.all(Array.from({ length: concurrency }, (_, place) => worker(total, place)));
    return performance.now() - startedMs;
  };
  await round(WARM_UP_CALLS);
  const tookMs = await round(calls);
  return measured(latenciesMs, tookMs);
}
