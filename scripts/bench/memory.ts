import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { Client } from 'pg';
import { createDatabase, type Database } from '../../core/database';
import { migrate } from '../../core/database/migrate';
import { newId } from '../../core/ids';
import { createFreshDatabase } from '../embedded/fresh-database';
import { withCpu, type SearchCpu } from './memory/cpu';
import { measureGrpc } from './memory/grpc';
import { loadTenants, MESSAGES_OF_A_CONTACT, type LoadedTenant } from './memory/load';
import { askProduct, latencyOf, recallOf, withBareClient, type Latency } from './memory/measure';
import { askAbout, askAboutEach, type BenchQuestion } from './memory/questions';
import { addFacts, addTenants, planningMs } from './memory/scale';
import { createWorld, DIMENSIONS, seeded } from './memory/world';
import { newBenchTenant } from './tenant';

export interface MemoryBenchOptions {
  vectors: number;
  tenants: number;
  /** Of each kind of search. */
  questions: number;
  /** SearchMemory over gRPC. */
  ratePerSecond: number;
  /** Added at the end, of contacts that nobody asks about; 0 for none. */
  facts: number;
  /** Added at the end, with few rows each. */
  manyTenants: number;
  jsonFile?: string;
}

export interface MemoryBenchReport {
  name: 'memory';
  settings: Record<string, unknown>;
  /** pgvector alone, the ten nearest of a contact or tenant. */
  baseline: { contact: Latency; tenant: Latency };
  /** A whole search inside the server: all legs, the conversation's shape, the texts. */
  product: {
    contact: Latency & { cpuMs: SearchCpu };
    tenant: Latency & { cpuMs: SearchCpu };
    /** The tenant with the most vectors. */
    largestTenant: Latency & { cpuMs: SearchCpu };
    /** Of the vector leg, in the tenant with 1 % of the vectors and in the largest. */
    recallAt10: number;
    recallAt10Largest: number;
    /** Answers of the vector leg with fewer than ten hits though there are ten. */
    answersWithFewer: number;
    grpcP95Ms: number;
    grpcCpuMs: SearchCpu;
    grpcFailed: number;
  };
  /** Time the server plans the statements of a contact's search with so many tenants. */
  planningMs: { tenants: number; p50Ms: number }[];
  /** A contact's search before and after the facts came; null without them. */
  facts: { count: number; before: Latency; after: Latency; p95Ratio: number } | null;
  /** p95 of the product over that of pgvector alone. */
  ratio: { contact: number; tenant: number };
}

const SMALL_SHARE = 0.01;
const LARGEST_SHARE = 0.15;
const RECALL_QUESTIONS = 50;
const GRPC_SECONDS = 10;
const DATABASE_CONNECTIONS = 10;
const LEAST_TENANTS = 4;
/** Questions whose statements are planned. */
const PLANNED = 30;

/** Memory search on a database of its own on the server of DATABASE_URL. */
export async function runMemoryBench(options: MemoryBenchOptions): Promise<MemoryBenchReport> {
  const server = process.env['DATABASE_URL'];
  if (!server) throw new Error('DATABASE_URL is not set: this benchmark needs a real Postgres server');
  if (options.tenants < LEAST_TENANTS) throw new Error(`--tenants must be ${LEAST_TENANTS} or more`);
  const database = await createFreshDatabase(server);
  try {
    await migrate(database.url);
    const report = await measureAll(database.url, options);
    if (options.jsonFile) writeFileSync(options.jsonFile, `${JSON.stringify(report, null, 2)}\n`);
    return report;
  } finally {
    await database.drop();
  }
}

async function measureAll(url: string, options: MemoryBenchOptions): Promise<MemoryBenchReport> {
  const random = seeded(1);
  const world = createWorld(random);
  const db = createDatabase({ url, maxConnections: DATABASE_CONNECTIONS, preparedStatements: true });
  try {
    const { apiKey, tenantIds } = await makeTenants(url, db, options.tenants);
    const sizes = [...sizesOf(tenantIds, options.vectors)];
    const load = (some: typeof sizes) => loadTenants(url, { sizes: new Map(some), world, random, say });
    const about = (tenants: LoadedTenant[], count = options.questions) => askAbout(tenants, { count, world, random });
    const planning = async (tenants: number) => ({ tenants, p50Ms: await planningMs(url, about(first, PLANNED)) });
    const first = await load(sizes.slice(0, 1));
    const planningMsOf = [await planning(1)];
    const loaded = [...first, ...(await load(sizes.slice(1)))];
    planningMsOf.push(await planning(options.tenants));
    const { small, largest, usual, ofApiKey } = rolesOf(loaded);
    const warmUp = async () => {
      say('what a server that has run for a while has read, and compiled');
      await latencyOf(about(usual), askProduct(db, 'tenant'));
      await latencyOf(askAboutEach(usual, { world, random }), askProduct(db, 'contact'));
    };
    return await withBareClient(url, async (bare) => {
      await warmUp();
      say('pgvector alone');
      const baseline = {
        contact: await latencyOf(about(usual), bare.contact),
        tenant: await latencyOf(about(usual), bare.tenant),
      };
      say('searches of a contact');
      const ask = (of: LoadedTenant[], scope: 'contact' | 'tenant') =>
        withCpu(url, options.questions, () => latencyOf(about(of), askProduct(db, scope)));
      const contact = await ask(usual, 'contact');
      say('searches of a tenant');
      const tenant = await ask(usual, 'tenant');
      const largestTenant = await ask([largest], 'tenant');
      say('recall');
      const ofSmall = await recallOf(about([small], RECALL_QUESTIONS), { db, bare });
      const ofLargest = await recallOf(about([largest], RECALL_QUESTIONS), { db, bare });
      say('gRPC');
      const questions = about([ofApiKey], options.ratePerSecond * GRPC_SECONDS);
      const grpc = await withCpu(url, questions.length, () =>
        measureGrpc(db, { apiKey, questions, ratePerSecond: options.ratePerSecond }),
      );
      const facts =
        options.facts > 0
          ? await withFacts(url, db, { count: options.facts, loaded, about: () => about(usual), warmUp })
          : null;
      say(`${options.manyTenants} tenants`);
      await addTenants(url, options.manyTenants);
      planningMsOf.push(await planning(options.manyTenants));
      return {
        name: 'memory',
        settings: settingsOf(options),
        baseline,
        product: {
          contact,
          tenant,
          largestTenant,
          recallAt10: ofSmall.recallAt10,
          recallAt10Largest: ofLargest.recallAt10,
          answersWithFewer: ofSmall.answersWithFewer + ofLargest.answersWithFewer,
          grpcP95Ms: grpc.p95Ms,
          grpcCpuMs: grpc.cpuMs,
          grpcFailed: grpc.failed,
        },
        planningMs: planningMsOf,
        facts,
        ratio: {
          contact: ratio(contact.p95Ms, baseline.contact.p95Ms),
          tenant: ratio(tenant.p95Ms, baseline.tenant.p95Ms),
        },
      };
    });
  } finally {
    await db.close();
  }
}

async function withFacts(
  url: string,
  db: Database,
  {
    count,
    loaded,
    about,
    warmUp,
  }: { count: number; loaded: readonly LoadedTenant[]; about: () => BenchQuestion[]; warmUp: () => Promise<void> },
): Promise<MemoryBenchReport['facts']> {
  // Right before, because the machine may have changed since the other figures.
  const before = await latencyOf(about(), askProduct(db, 'contact'));
  say(`${count} facts`);
  await addFacts(
    url,
    count,
    loaded.map(({ tenantId }) => tenantId),
  );
  // The facts took the place of what was read before.
  await warmUp();
  const after = await latencyOf(about(), askProduct(db, 'contact'));
  return { count, before, after, p95Ratio: ratio(after.p95Ms, before.p95Ms) };
}

/** One tenant by sign-up, whose key the gRPC calls use; the others are projects of the same account. */
async function makeTenants(url: string, db: ReturnType<typeof createDatabase>, count: number) {
  const { tenantId, apiKey } = await newBenchTenant(db);
  const others = Array.from({ length: count - 1 }, newId);
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(
      `insert into projects (id, billing_account_id, name)
       select other, p.billing_account_id, p.name from projects p cross join unnest($2::uuid[]) as other where p.id = $1`,
      [tenantId, others],
    );
  } finally {
    await client.end();
  }
  // The first has 1 % of the vectors and the second the most (sizesOf).
  return { apiKey, tenantIds: [...others, tenantId] };
}

function sizesOf(tenantIds: readonly string[], vectors: number): Map<string, number> {
  const small = Math.round(vectors * SMALL_SHARE);
  const largest = Math.round(vectors * LARGEST_SHARE);
  const usual = Math.floor((vectors - small - largest) / (tenantIds.length - 2));
  return new Map(tenantIds.map((tenantId, place) => [tenantId, [small, largest][place] ?? usual]));
}

function rolesOf(loaded: readonly LoadedTenant[]) {
  const [small, largest, ...usual] = loaded;
  const ofApiKey = usual.at(-1);
  if (!small || !largest || !ofApiKey) throw new Error('too few tenants');
  return { small, largest, usual, ofApiKey };
}

function settingsOf({
  vectors,
  tenants,
  questions,
  ratePerSecond,
  facts,
  manyTenants,
}: MemoryBenchOptions): Record<string, unknown> {
  return {
    vectors,
    tenants,
    dimensions: DIMENSIONS,
    messagesPerContact: MESSAGES_OF_A_CONTACT,
    smallTenantShare: SMALL_SHARE,
    largestTenantShare: LARGEST_SHARE,
    questions,
    grpcRatePerSecond: ratePerSecond,
    facts,
    manyTenants,
    databaseConnections: DATABASE_CONNECTIONS,
    node: process.version,
    cpus: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
  };
}

function ratio(product: number, baseline: number): number {
  return Math.round((product / baseline) * 100) / 100;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
