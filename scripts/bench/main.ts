import { Command, InvalidArgumentError } from 'commander';
import { runBurstBench } from './burst';
import { runEnrichmentBench } from './enrichment';
import { runLatencyBench } from './enrichment-latency';
import { runFairnessBench } from './fairness';
import { runIngestBench } from './ingest';
import { runLedgerBench } from './ledger';
import { runMemoryBench } from './memory';
import { runOverheadBench } from './overhead';
import { runTurnBench } from './turn';

function positiveInteger(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('must be a whole number from 1');
  return number;
}

interface Common {
  json?: string;
}

const program = new Command('bench')
  .description('Measures the product against a bare baseline in the same run. Settings are printed with the numbers.')
  .showHelpAfterError();

program
  .command('enrichment')
  .description('images per second with providers that answer at once, against a bare workflow of the same two steps')
  .option('--workflows <n>', 'workflows of each round', positiveInteger, 300)
  .option('--rounds <n>', 'rounds that count, after one that warms up', positiveInteger, 3)
  .option('--concurrency <n>', 'workflows under way at once', positiveInteger, 50)
  .option('--json <file>', 'also write the report there')
  .action(async ({ json, ...options }: Common & { workflows: number; rounds: number; concurrency: number }) => {
    show(await runEnrichmentBench({ ...options, ...(json ? { jsonFile: json } : {}) }));
  });

program
  .command('enrichment-latency')
  .description(
    'start to finish of photos, voice notes and documents at a fixed rate, with providers at their usual speed',
  )
  .option('--per-minute <n>', 'enrichments a minute', positiveInteger, 100)
  .option('--minutes <n>', 'how long', positiveInteger, 2)
  .option('--json <file>', 'also write the report there')
  .action(async ({ json, ...options }: Common & { perMinute: number; minutes: number }) => {
    show(await runLatencyBench({ ...options, ...(json ? { jsonFile: json } : {}) }));
  });

program
  .command('overhead')
  .description('what an image takes beyond its provider’s own time, one at a time')
  .option('--enrichments <n>', 'images that count', positiveInteger, 150)
  .option('--provider-ms <n>', 'how long the provider takes', positiveInteger, 300)
  .option('--json <file>', 'also write the report there')
  .action(async ({ json, ...options }: Common & { enrichments: number; providerMs: number }) => {
    show(await runOverheadBench({ ...options, ...(json ? { jsonFile: json } : {}) }));
  });

program
  .command('turn')
  .description(
    'a text turn with a model that answers at once and two tools, against a bare workflow of the same steps; then many at once',
  )
  .option('--turns <n>', 'turns that count, one at a time', positiveInteger, 100)
  .option('--conversations-at-once <n>', 'turns at the same time afterwards', positiveInteger, 50)
  .option('--paid-embedder', 'the simulated Vertex AI instead of the embedder that is used without a key')
  .option('--json <file>', 'also write the report there')
  .action(
    async ({
      json,
      paidEmbedder = false,
      ...options
    }: Common & { turns: number; conversationsAtOnce: number; paidEmbedder?: boolean }) => {
      const embedder = paidEmbedder ? ('vertex' as const) : ('local' as const);
      show(await runTurnBench({ ...options, embedder, ...(json ? { jsonFile: json } : {}) }));
    },
  );

program
  .command('ingest')
  .description(
    'webhook to 200 at a fixed rate, against a bare server with one insert; needs DATABASE_URL of a real server',
  )
  .option('--seconds <n>', 'how long', positiveInteger, 60)
  .option('--rate <n>', 'webhooks per second', positiveInteger, 200)
  .option('--json <file>', 'also write the report there')
  .action(async ({ json, seconds, rate }: Common & { seconds: number; rate: number }) => {
    show(await runIngestBench({ seconds, ratePerSecond: rate, ...(json ? { jsonFile: json } : {}) }));
  });

program
  .command('ledger')
  .description(
    'reserve + settle of paid calls under two budgets, against bare SQL of the same shape; needs DATABASE_URL',
  )
  .option('--calls <n>', 'calls', positiveInteger, 4000)
  .option('--concurrency <n>', 'calls under way at once', positiveInteger, 50)
  .option('--provider-ms <n>', 'how long the provider takes', positiveInteger, 500)
  .option('--json <file>', 'also write the report there')
  .action(async ({ json, ...options }: Common & { calls: number; concurrency: number; providerMs: number }) => {
    show(await runLedgerBench({ ...options, ...(json ? { jsonFile: json } : {}) }));
  });

program
  .command('burst')
  .description(
    'enrichments that come at once, with providers at their usual speed; and voice notes beside a burst of video',
  )
  .option('--count <n>', 'enrichments at once', positiveInteger, 2000)
  .option('--seconds <n>', 'how long voice notes come, alone and beside the videos', positiveInteger, 60)
  .option('--videos <n>', 'videos at once', positiveInteger, 20)
  .option('--json <file>', 'also write the report there')
  .action(async ({ json, ...options }: Common & { count: number; seconds: number; videos: number }) => {
    show(await runBurstBench({ ...options, ...(json ? { jsonFile: json } : {}) }));
  });

program
  .command('fairness')
  .description('what other tenants notice of one that sends twenty times its share at once')
  .option('--tenants <n>', 'the others', positiveInteger, 10)
  .option('--seconds <n>', 'how long they send, alone and beside the noisy one', positiveInteger, 60)
  .option('--json <file>', 'also write the report there')
  .action(async ({ json, ...options }: Common & { tenants: number; seconds: number }) => {
    show(await runFairnessBench({ ...options, ...(json ? { jsonFile: json } : {}) }));
  });

program
  .command('memory')
  .description('memory search of a contact, of a tenant and over gRPC, against bare pgvector; needs DATABASE_URL')
  .option(
    '--vectors <n>',
    'messages, each with a vector; 100,000 for the figures in the documentation',
    positiveInteger,
    10_000,
  )
  .option('--tenants <n>', '50 for the figures in the documentation', positiveInteger, 10)
  .option('--questions <n>', 'of each kind of search', positiveInteger, 200)
  .option('--rate <n>', 'gRPC calls per second', positiveInteger, 50)
  .option(
    '--facts <n>',
    'added before contacts are searched once more; 1,000,000 for the figures in the documentation',
    positiveInteger,
  )
  .option('--many-tenants <n>', 'for the time that the server plans', positiveInteger, 5_000)
  .option('--json <file>', 'also write the report there')
  .action(
    async ({
      json,
      rate,
      facts = 0,
      ...options
    }: Common & {
      vectors: number;
      tenants: number;
      questions: number;
      rate: number;
      facts?: number;
      manyTenants: number;
    }) => {
      show(await runMemoryBench({ ...options, facts, ratePerSecond: rate, ...(json ? { jsonFile: json } : {}) }));
    },
  );

function show(report: object): void {
  console.log(JSON.stringify(report, null, 2));
}

program.parseAsync().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
