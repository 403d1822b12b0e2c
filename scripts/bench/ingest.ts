import { fork } from 'node:child_process';
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cpus } from 'node:os';
import express from 'express';
import { Pool as PgPool } from 'pg';
import { Pool as HttpPool } from 'undici';
import { createWebhookRouter } from '../../api/http/webhooks/router';
import { createDatabase, type Database } from '../../core/database';
import { migrate } from '../../core/database/migrate';
import { newId } from '../../core/ids';
import { createLogger } from '../../core/logging/logger';
import { createSecretBox } from '../../core/security/secret-box';
import { createFreshDatabase } from '../embedded/fresh-database';
import { readBackendCpu, usedMs } from './postgres-cpu';
import { newBenchTenant } from './tenant';

/** What the load looks like: known customers of a few channels, some new ones, some media. */
const CHANNELS = 4;
const CONTACTS_PER_CHANNEL = 250;
const NEW_CONTACT_SHARE = 0.02;
const MEDIA_SHARE = 0.2;
/** Until most customers were seen once: a new one costs more, and the load is of a company that has customers. */
const WARM_UP_SECONDS = 20;
const HTTP_CONNECTIONS = 64;
const DATABASE_CONNECTIONS = 10;

export interface IngestBenchOptions {
  seconds: number;
  ratePerSecond: number;
  jsonFile?: string;
}

interface Measured {
  requests: number;
  errors: number;
  throughputPerSecond: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  maxMs: number;
  /** Of the server's process, warm-up included: comparable also when the machine is busy with something else. */
  serverCpuMsPerRequest: number;
  /** Of Postgres, likewise. Null when it runs on another machine. */
  databaseCpuMsPerRequest: number | null;
}

type Latencies = Omit<Measured, 'serverCpuMsPerRequest' | 'databaseCpuMsPerRequest'>;

interface LoadPlan {
  url: string;
  ratePerSecond: number;
  seconds: number;
  channels: { webhookId: string; secret: string; session: string; phones: string[] }[];
}

export interface IngestBenchReport {
  name: 'ingest';
  settings: Record<string, unknown>;
  baseline: Measured;
  product: Measured & { rssStartMb: number; rssEndMb: number; rssSlopeMbPerMinute: number };
  /** Throughput of the product over that of the baseline at the same offered rate: 1 when both keep up. */
  ratio: number;
}

/**
 * Webhook to 200 on a database of its own on the server of DATABASE_URL: open-loop load from a process of its own (each request is due at a
 * fixed time and its latency counts from then, so a stall is paid for by everyone behind it), against a bare Express
 * handler with one INSERT under the same load in the same run.
 */
export async function runIngestBench({
  seconds,
  ratePerSecond,
  jsonFile,
}: IngestBenchOptions): Promise<IngestBenchReport> {
  const server = process.env['DATABASE_URL'];
  if (!server) throw new Error('DATABASE_URL is not set: this benchmark needs a real Postgres server');
  const database = await createFreshDatabase(server);
  try {
    await migrate(database.url);
    const report = await measureBoth(database.url, { seconds, ratePerSecond });
    if (jsonFile) writeFileSync(jsonFile, `${JSON.stringify(report, null, 2)}\n`);
    return report;
  } finally {
    await database.drop();
  }
}

async function measureBoth(
  url: string,
  { seconds, ratePerSecond }: { seconds: number; ratePerSecond: number },
): Promise<IngestBenchReport> {
  const channels = await withDatabase(url, (db, seal) => makeChannels(db, seal));
  const baseline = await measureBaseline(url, { ratePerSecond, seconds, channels: channels.plan });
  const product = await measureProduct(url, {
    ratePerSecond,
    seconds,
    channels: channels.plan,
    encryptionKey: channels.key,
  });
  return {
    name: 'ingest',
    settings: {
      ratePerSecond,
      seconds,
      warmUpSeconds: WARM_UP_SECONDS,
      channels: CHANNELS,
      contacts: CHANNELS * CONTACTS_PER_CHANNEL,
      newContactShare: NEW_CONTACT_SHARE,
      mediaShare: MEDIA_SHARE,
      httpConnections: HTTP_CONNECTIONS,
      databaseConnections: DATABASE_CONNECTIONS,
      node: process.version,
      cpus: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
      load: 'open loop, latency from the time a request was due',
    },
    baseline,
    product,
    ratio: round(product.throughputPerSecond / baseline.throughputPerSecond),
  };
}

async function withDatabase<T>(url: string, work: (db: Database, key: string) => Promise<T>): Promise<T> {
  const db = createDatabase({ url, maxConnections: DATABASE_CONNECTIONS });
  try {
    return await work(db, randomBytes(32).toString('base64'));
  } finally {
    await db.close();
  }
}

async function makeChannels(db: Database, key: string): Promise<{ plan: LoadPlan['channels']; key: string }> {
  const secretBox = createSecretBox(key);
  const { tenantId } = await newBenchTenant(db);
  const plan: LoadPlan['channels'] = [];
  for (let index = 0; index < CHANNELS; index++) {
    const channel = { webhookId: newId(), secret: randomUUID(), session: `bench-${index}` };
    await db.withTenant(tenantId, (tx) =>
      tx.channel.create({
        data: {
          id: newId(),
          tenantId,
          name: channel.session,
          type: 'waha',
          status: 'active',
          externalId: channel.session,
          webhookId: channel.webhookId,
          webhookSecretEncrypted: secretBox.seal(channel.secret),
          baseUrl: 'http://127.0.0.1:9',
          apiKeyEncrypted: secretBox.seal('bench'),
        },
      }),
    );
    plan.push({ ...channel, phones: Array.from({ length: CONTACTS_PER_CHANNEL }, randomPhone) });
  }
  return { plan, key };
}

async function measureBaseline(url: string, plan: Omit<LoadPlan, 'url'>): Promise<Measured> {
  const pool = new PgPool({ connectionString: url, max: DATABASE_CONNECTIONS });
  await pool.query('create table if not exists bench_webhooks (id uuid primary key, body jsonb not null)');
  const app = express();
  app.post('/api/v1/webhooks/:id', express.raw({ type: () => true }), async (request, response) => {
    const body: Buffer = request.body;
    await pool.query('insert into bench_webhooks (id, body) values ($1, $2)', [newId(), body.toString('utf8')]);
    response.status(200).json({ status: 'stored' });
  });
  try {
    return await withServer(app, (address) => measure({ ...plan, url: address }, url));
  } finally {
    await pool.query('drop table bench_webhooks');
    await pool.end();
  }
}

async function measureProduct(
  url: string,
  { encryptionKey, ...plan }: Omit<LoadPlan, 'url'> & { encryptionKey: string },
): Promise<IngestBenchReport['product']> {
  const db = createDatabase({ url, maxConnections: DATABASE_CONNECTIONS, preparedStatements: true });
  const app = express();
  app.use(
    createWebhookRouter({
      db,
      config: { WEBHOOK_MAX_BYTES: 1024 * 1024, MEDIA_WAIT_MS: 30_000 },
      secretBox: createSecretBox(encryptionKey),
      logger: createLogger('bench', 'warn'),
    }),
  );
  const samples: { minutes: number; mb: number }[] = [];
  const startedMs = Date.now();
  const sampler = setInterval(() => {
    samples.push({ minutes: (Date.now() - startedMs) / 60_000, mb: process.memoryUsage().rss / 2 ** 20 });
  }, 1000);
  try {
    const measured = await withServer(app, (address) => measure({ ...plan, url: address }, url));
    return {
      ...measured,
      rssStartMb: round(samples[0]?.mb ?? 0),
      rssEndMb: round(samples.at(-1)?.mb ?? 0),
      // The first half is the heap growing to its working size.
      rssSlopeMbPerMinute: round(slope(samples.slice(Math.floor(samples.length / 2)))),
    };
  } finally {
    clearInterval(sampler);
    await db.close();
  }
}

async function withServer<T>(app: express.Express, work: (url: string) => Promise<T>): Promise<T> {
  const server: Server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

async function measure(plan: LoadPlan, databaseUrl: string): Promise<Measured> {
  const databaseBefore = await readBackendCpu(databaseUrl);
  const before = process.cpuUsage();
  const measured = await runLoad(plan);
  const used = process.cpuUsage(before);
  const databaseMs = usedMs(databaseBefore, await readBackendCpu(databaseUrl));
  const requests = (plan.seconds + WARM_UP_SECONDS) * plan.ratePerSecond;
  return {
    ...measured,
    serverCpuMsPerRequest: round((used.user + used.system) / 1000 / requests),
    databaseCpuMsPerRequest: databaseMs === null ? null : round(databaseMs / requests),
  };
}

/** Starts the load process, hands it the plan, and waits for what it measured. */
function runLoad(plan: LoadPlan): Promise<Latencies> {
  return new Promise((resolve, reject) => {
    const child = fork(__filename, ['--load']);
    let measured: Latencies | null = null;
    child.on('message', (message: Latencies) => (measured = message));
    child.on('error', reject);
    child.on('exit', (code) => {
      if (measured !== null && code === 0) resolve(measured);
      else reject(new Error(`the load process ended with code ${code} before it reported`));
    });
    child.send(plan);
  });
}

async function generateLoad(plan: LoadPlan): Promise<Latencies> {
  const pool = new HttpPool(plan.url, { connections: HTTP_CONNECTIONS });
  const total = Math.round((plan.seconds + WARM_UP_SECONDS) * plan.ratePerSecond);
  const warmUp = Math.round(WARM_UP_SECONDS * plan.ratePerSecond);
  const latenciesMs: number[] = [];
  let errors = 0;
  const startMs = performance.now() + 100;
  const dueMs = (index: number) => startMs + (index * 1000) / plan.ratePerSecond;
  const running: Promise<void>[] = [];
  for (let index = 0; index < total; index++) {
    const waitMs = dueMs(index) - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    running.push(
      sendOne(pool, plan).then(
        (ok) => {
          if (index < warmUp) return;
          if (!ok) errors += 1;
          latenciesMs.push(performance.now() - dueMs(index));
        },
        () => {
          errors += 1;
        },
      ),
    );
  }
  await Promise.all(running);
  const tookSeconds = (performance.now() - dueMs(warmUp)) / 1000;
  await pool.close();
  latenciesMs.sort((a, b) => a - b);
  const percentile = (share: number) =>
    round(latenciesMs[Math.min(latenciesMs.length - 1, Math.floor(latenciesMs.length * share))] ?? 0);
  return {
    requests: total - warmUp,
    errors,
    throughputPerSecond: round((total - warmUp - errors) / tookSeconds),
    p50Ms: percentile(0.5),
    p95Ms: percentile(0.95),
    p99Ms: percentile(0.99),
    maxMs: percentile(1),
  };
}

async function sendOne(pool: HttpPool, plan: LoadPlan): Promise<boolean> {
  const channel = pick(plan.channels);
  const phone = Math.random() < NEW_CONTACT_SHARE ? randomPhone() : pick(channel.phones);
  const body = JSON.stringify(webhookBody(channel.session, phone));
  const response = await pool.request({
    method: 'POST',
    path: `/api/v1/webhooks/${channel.webhookId}`,
    headers: {
      'content-type': 'application/json',
      'x-webhook-hmac': createHmac('sha512', channel.secret).update(body).digest('hex'),
    },
    body,
  });
  await response.body.dump();
  return response.statusCode === 200;
}

function webhookBody(session: string, phone: string): Record<string, unknown> {
  const id = randomBytes(10).toString('hex').toUpperCase();
  const hasMedia = Math.random() < MEDIA_SHARE;
  const text = hasMedia
    ? 'Segue a foto do produto'
    : 'Bom dia! Ainda tem esse modelo na cor azul? Preciso para sábado.';
  return {
    id: `evt_${randomUUID()}`,
    timestamp: Date.now(),
    event: 'message',
    session,
    me: { id: '5511900000000@c.us', pushName: 'Bench' },
    payload: {
      id: `false_${phone}@c.us_${id}`,
      timestamp: Math.floor(Date.now() / 1000),
      from: `${phone}@c.us`,
      to: '5511900000000@c.us',
      fromMe: false,
      source: 'app',
      body: text,
      hasMedia,
      media: hasMedia ? { url: `http://127.0.0.1:9/${id}`, mimetype: 'image/jpeg', filename: null } : null,
      _data: {
        Info: { Chat: `${phone}@s.whatsapp.net`, Sender: `${phone}@s.whatsapp.net`, PushName: 'Cliente', ID: id },
        Message: hasMedia ? { imageMessage: { caption: text } } : { conversation: text },
      },
    },
    engine: 'GOWS',
    environment: { version: '2026.7.1', engine: 'GOWS' },
  };
}

function pick<T>(items: T[]): T {
  const item = items[Math.floor(Math.random() * items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

function randomPhone(): string {
  return `55119${String(60_000_000 + Math.floor(Math.random() * 39_999_999))}`;
}

const round = (value: number) => Math.round(value * 100) / 100;

/** Least squares. */
function slope(points: { minutes: number; mb: number }[]): number {
  const meanX = points.reduce((sum, point) => sum + point.minutes, 0) / points.length;
  const meanY = points.reduce((sum, point) => sum + point.mb, 0) / points.length;
  const spread = points.reduce((sum, point) => sum + (point.minutes - meanX) ** 2, 0);
  const joint = points.reduce((sum, point) => sum + (point.minutes - meanX) * (point.mb - meanY), 0);
  return spread === 0 ? 0 : joint / spread;
}

if (require.main === module && process.argv[2] === '--load') {
  process.once('message', (plan: LoadPlan) => {
    void generateLoad(plan).then((measured) => {
      process.send?.(measured, () => process.disconnect());
    });
  });
}
