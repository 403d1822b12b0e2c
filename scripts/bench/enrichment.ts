import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { signUp } from '../../core/accounts/sign-up';
import { createDatabase, type Database } from '../../core/database';
import { newId } from '../../core/ids';
import { createLocalMediaStore } from '../../core/media/store';
import { projectRoot } from '../../core/project-root';
import { enrichmentWorkflowId } from '../../workflows/enrichment/ids';
import type { EnrichmentInput } from '../../workflows/enrichment/types';
import { QUEUES } from '../../workflows/shared/queues';
import { startStack, type Stack } from '../embedded/stack';
import { measured, round, type Measured } from './percentiles';
import { cpuPerPiece, readCpu, type CpuByPart } from './process-cpu';

export interface EnrichmentBenchOptions {
  /** Workflows of each round. */
  workflows: number;
  /** Baseline and product take turns, so that a noisy neighbour hits both. */
  rounds: number;
  /** Workflows under way at once. */
  concurrency: number;
  jsonFile?: string;
}

export interface EnrichmentBenchReport {
  name: 'enrichment';
  settings: Record<string, unknown>;
  baseline: Measured & WithCpu;
  product: Measured & WithCpu & { workersRssMb: number[] };
  /** Throughput of the product over that of the bare workflow with the same two steps. */
  ratio: number;
}

interface WithCpu {
  /** CPU time of one workflow, by the process that used it. */
  cpuMsPerWorkflow: Record<string, number>;
}

interface Round {
  latenciesMs: number[];
  tookMs: number;
  cpu: { before: CpuByPart; after: CpuByPart };
}

/**
 * How much of Temporal's own throughput an image's enrichment keeps: with providers that answer at once, against a bare
 * workflow of the same two steps on the same server, in turns in the same run.
 */
export async function runEnrichmentBench(options: EnrichmentBenchOptions): Promise<EnrichmentBenchReport> {
  const stack = await startStack({ dataDir: null, simulator: true, env: { LOG_LEVEL: 'warn' } });
  const connection = await Connection.connect({ address: stack.urls.temporal });
  const client = new Client({ connection });
  const db = createDatabase({ url: stack.urls.database });
  const queues = { own: `bench-${randomUUID()}`, second: `bench-${randomUUID()}` };
  const bare = await startBareWorker(stack.urls.temporal, queues);
  try {
    const { tenantId } = await signUp(db, {
      name: 'Bench',
      email: `bench-${randomUUID()}@example.com`,
      password: randomUUID(),
      projectName: 'Bench',
    });
    const runBare = (id: string) =>
      client.workflow.execute('bareWorkflow', {
        workflowId: `bench:${id}`,
        taskQueue: queues.own,
        args: [id, queues.second],
      });
    const runProduct = (enrichmentId: string) => {
      const input: EnrichmentInput = {
        tenantId,
        enrichmentId,
        messageId: null,
        conversation: null,
        isRemembered: false,
      };
      const workflowId = enrichmentWorkflowId({ tenantId, subjectId: enrichmentId });
      return client.workflow.execute('enrichmentWorkflow', { workflowId, taskQueue: QUEUES.workflows, args: [input] });
    };
    const cpu = () => readCpu(processesOf(stack, bare));
    const baselineRounds: Round[] = [];
    const productRounds: Round[] = [];
    const rssMb: number[] = [];
    // The first round of each warms caches, connections and just-in-time code, and does not count.
    for (let round = 0; round <= options.rounds; round++) {
      const enrichmentIds = await prepareImages(db, stack, tenantId, options.workflows);
      const baseline = await runRound(Array.from({ length: options.workflows }, randomUUID), options.concurrency, {
        run: runBare,
        cpu,
      });
      const product = await runRound(enrichmentIds, options.concurrency, { run: runProduct, cpu });
      await assertAllRead(db, tenantId, enrichmentIds);
      const perSecond = (of: Round) => round1(of.latenciesMs.length, of.tookMs);
      const label = round === 0 ? 'warm-up' : `round ${round}`;
      console.error(`${label}: bare ${perSecond(baseline)}/s, enrichment ${perSecond(product)}/s`);
      if (round === 0) continue;
      baselineRounds.push(baseline);
      productRounds.push(product);
      rssMb.push(residentMb(stack.processes.get('workers')?.pid));
    }
    const baseline = together(baselineRounds);
    const product = together(productRounds);
    const report: EnrichmentBenchReport = {
      name: 'enrichment',
      settings: {
        workflows: options.workflows,
        rounds: options.rounds,
        concurrency: options.concurrency,
        cores: cpus().length,
        cpu: cpus()[0]?.model,
        database: databaseKind(stack),
        temporal: stack.urls.temporal,
      },
      baseline,
      product: { ...product, workersRssMb: rssMb },
      ratio: Math.round((product.throughputPerSecond / baseline.throughputPerSecond) * 100) / 100,
    };
    if (options.jsonFile) writeFileSync(options.jsonFile, JSON.stringify(report, null, 2));
    return report;
  } finally {
    bare.kill('SIGTERM');
    await db.close();
    await connection.close();
    await stack.stop();
  }
}

function round1(count: number, tookMs: number): number {
  return round((count * 1000) / tookMs);
}

function together(rounds: Round[]): Measured & WithCpu {
  const latenciesMs = rounds.flatMap((round) => round.latenciesMs);
  const sum = (when: 'before' | 'after') => addUp(rounds.map(({ cpu }) => cpu[when]));
  return {
    ...measured(
      latenciesMs,
      rounds.reduce((total, { tookMs }) => total + tookMs, 0),
    ),
    cpuMsPerWorkflow: cpuPerPiece(sum('before'), sum('after'), latenciesMs.length),
  };
}

function addUp(readings: CpuByPart[]): CpuByPart {
  const total: Record<string, number> = {};
  for (const reading of readings)
    for (const [name, ms] of Object.entries(reading)) total[name] = (total[name] ?? 0) + ms;
  return total;
}

function processesOf(stack: Stack, bare: ChildProcess): Map<string, number | undefined> {
  const parts = [...stack.processes].map(([name, { pid }]) => [name, pid] as const);
  return new Map([...parts, ['bareWorkers', bare.pid]]);
}

/** Keeps `concurrency` workflows under way until all ids are done. */
async function runRound(
  ids: string[],
  concurrency: number,
  { run, cpu }: { run: (id: string) => Promise<unknown>; cpu: () => CpuByPart },
): Promise<Round> {
  const waiting = [...ids];
  const latenciesMs: number[] = [];
  const before = cpu();
  const startedAt = performance.now();
  async function lane(): Promise<void> {
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      const begunAt = performance.now();
      await run(id);
      latenciesMs.push(performance.now() - begunAt);
    }
  }
  await Promise.all(Array.from({ length: concurrency }, lane));
  const tookMs = performance.now() - startedAt;
  return { latenciesMs, tookMs, cpu: { before, after: cpu() } };
}

/** Different images, so that no text is reused: the same photo with a different tail behind its end mark. */
async function prepareImages(db: Database, stack: Stack, tenantId: string, count: number): Promise<string[]> {
  const photo = readFileSync(path.join(projectRoot(), 'test/fixtures/media/photo.jpg'));
  const store = createLocalMediaStore(String(stack.env['MEDIA_DIR']));
  const files = await Promise.all(
    Array.from({ length: count }, async () => {
      const bytes = Buffer.concat([photo, Buffer.from(randomUUID())]);
      return { id: newId(), ...(await store.put(tenantId, bytes)) };
    }),
  );
  const enrichments = files.map(({ id }) => ({
    id: newId(),
    tenantId,
    mediaId: id,
    contentType: 'image',
    priority: 7,
  }));
  await db.withTenant(tenantId, async (tx) => {
    await tx.mediaFile.createMany({ data: files.map((file) => ({ ...file, tenantId, mimeType: 'image/jpeg' })) });
    await tx.messageEnrichment.createMany({ data: enrichments });
  });
  return enrichments.map(({ id }) => id);
}

async function assertAllRead(db: Database, tenantId: string, ids: string[]): Promise<void> {
  const where = { tenantId, id: { in: ids }, status: 'completed', extractedText: { not: '' } };
  const read = await db.withTenant(tenantId, (tx) => tx.messageEnrichment.count({ where }));
  if (read !== ids.length) throw new Error(`only ${read} of ${ids.length} images were read`);
}

function startBareWorker(address: string, queues: { own: string; second: string }): Promise<ChildProcess> {
  const child = fork(path.join(__dirname, 'baseline/worker.js'), [address, queues.own, queues.second]);
  return new Promise((resolve, reject) => {
    child.once('message', () => resolve(child));
    child.once('exit', (code) => reject(new Error(`the bare worker ended with ${code}`)));
  });
}

function residentMb(pid: number | undefined): number {
  if (pid === undefined) return 0;
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1] ?? 0);
  return Math.round((pages * 4096) / 1024 / 1024);
}

function databaseKind({ processes }: Stack): string {
  return processes.has('database') ? 'embedded' : 'server';
}
