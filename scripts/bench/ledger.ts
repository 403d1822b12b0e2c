import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Pool } from 'pg';
import { createDatabase } from '../../core/database';
import { migrate } from '../../core/database/migrate';
import { newId } from '../../core/ids';
import { createBudget } from '../../core/money/budgets';
import { createLedger, type Hold } from '../../core/money/ledger';
import { loadPrices } from '../../core/money/price-table';
import { createFreshDatabase } from '../embedded/fresh-database';
import { measured, type Measured } from './percentiles';
import { newBenchTenant } from './tenant';
import { percentilesOf, timed, type Percentiles } from './timing';

export interface LedgerBenchOptions {
  calls: number;
  concurrency: number;
  /** How long the provider takes between reserving and settling, in the mean. */
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
  /** What a commit that writes nothing else waits for the disk meanwhile, every 20 ms: both sides wait for it twice a call. */
  flush: Percentiles;
  /** p95 of the product over that of the bare SQL. */
  p95Ratio: number;
}

const DATABASE_CONNECTIONS = 10;
const WARM_UP_CALLS = 200;
const TURNS = 4;

/** Reserve + settle on a database of its own on the server of DATABASE_URL, all calls of one tenant: the hottest rows. */
export async function runLedgerBench(options: LedgerBenchOptions): Promise<LedgerBenchReport> {
  const server = process.env['DATABASE_URL'];
  if (!server) throw new Error('DATABASE_URL is not set: this benchmark needs a real Postgres server');
  const database = await createFreshDatabase(server);
  try {
    await migrate(database.url);
    const { baseline, product, flush } = await measureInTurns(database.url, options);
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
      flush,
      p95Ratio: Math.round((product.p95Ms / baseline.p95Ms) * 100) / 100,
    };
    if (options.jsonFile) writeFileSync(options.jsonFile, `${JSON.stringify(report, null, 2)}\n`);
    return report;
  } finally {
    await database.drop();
  }
}

/** Bare SQL and the product in turns: a disk that is slow for a while is slow for both. */
async function measureInTurns(url: string, options: LedgerBenchOptions) {
  const bare = await openBare(url);
  const ours = await openProduct(url);
  const probe = await openProbe(url);
  try {
    const [bareLoad, productLoad] = [createLoad(bare.sides, options), createLoad(ours.sides, options)];
    await bareLoad.run(WARM_UP_CALLS);
    await productLoad.run(WARM_UP_CALLS);
    bareLoad.forget();
    productLoad.forget();
    probe.start();
    for (let turn = 0; turn < TURNS; turn++) {
      await bareLoad.run(options.calls / TURNS);
      await productLoad.run(options.calls / TURNS);
    }
    return { baseline: bareLoad.measured(), product: productLoad.measured(), flush: await probe.stop() };
  } finally {
    await Promise.allSettled([bare.close(), ours.close(), probe.close()]);
  }
}

async function openProduct(url: string): Promise<Opened<Hold>> {
  const db = createDatabase({ url, maxConnections: DATABASE_CONNECTIONS, preparedStatements: true });
  const ledger = createLedger(loadPrices());
  const { tenantId } = await newBenchTenant(db);
  for (const period of ['day', 'month'] as const)
    await db.withTenant(tenantId, (tx) =>
      createBudget(tx, tenantId, { scope: 'tenant', period, capMicros: 1_000_000_000 }),
    );
  return {
    close: () => db.close(),
    sides: {
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
    },
  };
}

async function openBare(url: string): Promise<Opened<string>> {
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
  await pool.query(
    'create table bench_total (id integer primary key, spent bigint not null, reserved bigint not null)',
  );
  await pool.query('create table bench_calls (id uuid primary key, status text not null, micros bigint not null)');
  await pool.query('insert into bench_total values (1, 0, 0), (2, 0, 0)');
  return {
    close: () => pool.end(),
    sides: {
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
    },
  };
}

/** Two that lock the same rows in another order each would wait for each other for ever. */
const IN_ORDER = 'with locked as (select id from bench_total order by id for update)';

interface Sides<Taken> {
  reserve: () => Promise<Taken>;
  settle: (taken: Taken) => Promise<unknown>;
}

interface Opened<Taken> {
  sides: Sides<Taken>;
  close: () => Promise<void>;
}

/** `concurrency` calls are under way at once; counted is what each waits for the ledger, not for the provider. */
function createLoad<Taken>(
  { reserve, settle }: Sides<Taken>,
  { concurrency, providerMs }: Pick<LedgerBenchOptions, 'concurrency' | 'providerMs'>,
) {
  const latenciesMs: number[] = [];
  let tookMs = 0;
  return {
    async run(calls: number): Promise<void> {
      let started = 0;
      const lane = async (place: number) => {
        // Spread over the provider's time: real calls do not start in step.
        await sleep((providerMs * place) / concurrency);
        while (started++ < calls) {
          const before = performance.now();
          const taken = await reserve();
          const reserved = performance.now();
          // Half to one and a half: calls that one slow write of the disk brought together would stay together for ever.
          await sleep(providerMs * (0.5 + Math.random()));
          const back = performance.now();
          await settle(taken);
          latenciesMs.push(reserved - before + (performance.now() - back));
        }
      };
      const startedMs = performance.now();
      await Promise.all(Array.from({ length: concurrency }, (_, place) => lane(place)));
      tookMs += performance.now() - startedMs;
    },
    forget(): void {
      latenciesMs.length = 0;
      tookMs = 0;
    },
    measured: (): Measured => measured(latenciesMs, tookMs),
  };
}

/** How long the disk takes for the smallest commit there is, while the others run. */
async function openProbe(url: string) {
  const client = new Client({ connectionString: url });
  await client.connect();
  const latenciesMs: number[] = [];
  let isOver = false;
  let running: Promise<void> | undefined;
  const run = async () => {
    while (!isOver) {
      latenciesMs.push(await timed(() => client.query("select pg_logical_emit_message(true, 'bench', '')")));
      await sleep(20);
    }
  };
  return {
    start: () => void (running = run()),
    async stop(): Promise<Percentiles> {
      isOver = true;
      await running;
      return percentilesOf(latenciesMs);
    },
    close: () => client.end(),
  };
}
