import { readFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { startSimulator, type SimulatorOptions } from './index';
import { simulatorScriptSchema } from './script';

/** What the design takes real providers to need. */
const DESIGN_LATENCY: NonNullable<SimulatorOptions['latencyMs']> = {
  vision: [1_000, 2_000],
  speech: [2_000, 4_000],
  documents: 6_000,
};

const port = (value: string): number => {
  const parsed = Number(value);
  if (Number.isInteger(parsed) && parsed >= 1024 && parsed <= 65_530) return parsed;
  throw new InvalidArgumentError('must be a port between 1024 and 65530');
};

type Latencies = NonNullable<SimulatorOptions['latencyMs']>;

const latency = (value: string): Latencies => {
  if (value === 'none') return {};
  if (value === 'design') return DESIGN_LATENCY;
  const ms = Number(value);
  if (Number.isInteger(ms) && ms >= 0) return { vision: ms, speech: ms, documents: ms };
  throw new InvalidArgumentError('must be none, design or a number of milliseconds');
};

async function main(): Promise<void> {
  const program = new Command('simulator')
    .description('Stands in for every provider and channel, by wire protocol, on 127.0.0.1.')
    .option(
      '--port-base <port>',
      'control; vertex, groq, openai, llamaparse, waha and jina follow on the next six ports',
      port,
      9100,
    )
    .option('--script <file>', 'JSON with the answers to give (SimulatorScript)')
    .option(
      '--latency <profile>',
      'none; design: vision 1-2 s, speech 2-4 s, documents 6 s; or so many milliseconds for each of them',
      latency,
      {},
    )
    .option('--waha-api-key <key>', 'the only X-Api-Key that WAHA accepts (default: any)')
    .parse();
  const {
    portBase,
    script,
    latency: latencyMs,
    wahaApiKey,
  } = program.opts<{
    portBase: number;
    script?: string;
    latency: Latencies;
    wahaApiKey?: string;
  }>();
  const simulator = await startSimulator({
    ports: {
      control: portBase,
      vertex: portBase + 1,
      groq: portBase + 2,
      openai: portBase + 3,
      llamaparse: portBase + 4,
      waha: portBase + 5,
      jina: portBase + 6,
    },
    ...(script ? { script: simulatorScriptSchema.parse(JSON.parse(await readFile(script, 'utf8'))) } : {}),
    latencyMs,
    apiKeys: wahaApiKey ? { waha: wahaApiKey } : {},
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void simulator.stop());
  process.stdout.write(`${JSON.stringify({ event: 'ready', urls: simulator.urls })}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
