import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { executeBare } from './bare-workflows';
import { besideBare } from './beside-bare';
import { assertAllRead, prepareImages } from './images';
import { measured, round, type Measured } from './percentiles';
import { cpuPerPiece, type CpuByPart } from './process-cpu';
import { executeEnrichment } from './run-enrichment';

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
  /** The bare workflow with its first step where the product has it: inside the workflow task, and no activity of a queue. */
  baselineAtOnce: Measured & WithCpu;
  /** Throughput of the product over that of the bare workflow with an activity for each of the same two steps. */
  ratio: number;
  /** Over that of `baselineAtOnce`. */
  ratioAtOnce: number;
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
  return besideBare({}, async ({ stack, client, db, tenantId, queues, machine, cpu }) => {
    const bare = (atOnce: boolean) => (id: string) => executeBare(client, { id, queues, atOnce });
    const runProduct = (enrichmentId: string) =>
      executeEnrichment(client, { tenantId, enrichmentId, mediaKind: 'image' });
    const baselineRounds: Round[] = [];
    const atOnceRounds: Round[] = [];
    const productRounds: Round[] = [];
    const rssMb: number[] = [];
    // The first round of each warms caches, connections and just-in-time code, and does not count.
    for (let round = 0; round <= options.rounds; round++) {
      const enrichmentIds = await prepareImages(db, stack, { tenantId, count: options.workflows });
      const newIds = () => Array.from({ length: options.workflows }, randomUUID);
      const baseline = await runRound(newIds(), options.concurrency, { run: bare(false), cpu });
      const atOnce = await runRound(newIds(), options.concurrency, { run: bare(true), cpu });
      const product = await runRound(enrichmentIds, options.concurrency, { run: runProduct, cpu });
      await assertAllRead(db, tenantId, enrichmentIds);
      const perSecond = (of: Round) => round1(of.latenciesMs.length, of.tookMs);
      const label = round === 0 ? 'warm-up' : `round ${round}`;
      console.error(
        `${label}: bare ${perSecond(baseline)}/s and ${perSecond(atOnce)}/s, enrichment ${perSecond(product)}/s`,
      );
      if (round === 0) continue;
      baselineRounds.push(baseline);
      atOnceRounds.push(atOnce);
      productRounds.push(product);
      rssMb.push(residentMb(stack.processes.get('workers')?.pid));
    }
    const baseline = together(baselineRounds);
    const baselineAtOnce = together(atOnceRounds);
    const product = together(productRounds);
    const over = (of: Measured) => Math.round((product.throughputPerSecond / of.throughputPerSecond) * 100) / 100;
    const report: EnrichmentBenchReport = {
      name: 'enrichment',
      settings: {
        workflows: options.workflows,
        rounds: options.rounds,
        concurrency: options.concurrency,
        ...machine,
        temporal: stack.urls.temporal,
      },
      baseline,
      product: { ...product, workersRssMb: rssMb },
      baselineAtOnce,
      ratio: over(baseline),
      ratioAtOnce: over(baselineAtOnce),
    };
    if (options.jsonFile) writeFileSync(options.jsonFile, JSON.stringify(report, null, 2));
    return report;
  });
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

function residentMb(pid: number | undefined): number {
  if (pid === undefined) return 0;
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1] ?? 0);
  return Math.round((pages * 4096) / 1024 / 1024);
}
