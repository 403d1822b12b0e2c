import path from 'node:path';
import { Command } from 'commander';
import { errorMessage } from '../../core/errors';
import { projectRoot } from '../../core/project-root';
import { simulatorBanner } from '../embedded/simulated-providers';
import { startStack, type Stack } from '../embedded/stack';
import { connectSimulatedWaha, ensureDemoTenant, type DemoTenant } from './demo-channel';

interface Options {
  dataDir: string;
  simulator: boolean;
}

async function main({ dataDir, simulator }: Options): Promise<void> {
  const folder = path.resolve(dataDir);
  let reconnectSimulator = async () => {};
  console.log(`Starting with the data in ${folder} …`);
  const starting = new AbortController();
  const stopping = onFirstSignal(() => starting.abort(new Error('Stopped while starting.')));
  const stack = await startStack({
    dataDir: folder,
    servers: 'environment',
    signal: starting.signal,
    simulator,
    events: {
      onStarted: (name, tookMs) => console.log(`  ${name} (${(tookMs / 1000).toFixed(1)} s)`),
      onExit: (name, how, restartInMs) =>
        console.error(`! ${name} ended with ${how}; starting it again in ${restartInMs / 1000} s`),
      onRestarted: (name) => {
        console.error(`  ${name} works again`);
        if (name === 'simulator') reconnectSimulator().catch(report);
      },
    },
  });
  stopping.handle = () => stopInOrder(stack);
  const demo = await connectDemo(stack, folder).catch(async (error: unknown) => {
    await stack.stop();
    throw error;
  });
  if (demo) reconnectSimulator = () => connectSimulatedWaha(demo.controlUrl, stack.urls.api, demo.tenant);
  if (stack.providers) console.log(`\n${simulatorBanner(stack.providers)}`);
  console.log(describe(stack, demo));
}

interface Demo {
  tenant: DemoTenant;
  controlUrl: string;
}

async function connectDemo({ urls }: Stack, dataDir: string): Promise<Demo | undefined> {
  if (!urls.waha || !urls.simulatorControl) return undefined;
  const tenant = await ensureDemoTenant({ dataDir, apiUrl: urls.api, wahaUrl: urls.waha });
  await connectSimulatedWaha(urls.simulatorControl, urls.api, tenant);
  return { tenant, controlUrl: urls.simulatorControl };
}

function describe({ urls, logDir, env }: Stack, demo: Demo | undefined): string {
  const lines = [
    '',
    `  API          ${urls.api}`,
    `  API page     ${urls.docs}`,
    `  gRPC         ${urls.grpc}`,
    `  Temporal UI  ${urls.temporalUi ?? `that of ${env['TEMPORAL_ADDRESS']}`}`,
    `  Logs         ${logDir}`,
    '',
  ];
  if (demo) {
    const text = 'Oi! Vocês entregam amanhã em Campinas?';
    const message = JSON.stringify({ from: '5511987654321@c.us', pushName: 'Marina', type: 'text', text });
    lines.push(
      'A customer writes:',
      '',
      `curl -X POST ${demo.controlUrl}/waha/receive -H 'content-type: application/json' -d '${message}'`,
      '',
      'What was said, seconds later:',
      '',
      `curl '${urls.api}/api/v1/messages?limit=10' -H 'authorization: Bearer ${demo.tenant.apiKey}'`,
      '',
    );
  }
  lines.push('Ctrl-C stops it. Everything is kept and goes on at the next start.');
  return lines.join('\n');
}

/** Calls what `handle` is when the first signal comes. Ctrl-C sends several: one from the terminal, one from npm. */
function onFirstSignal(handle: () => void): { handle: () => void } {
  const first = { handle };
  let isAsked = false;
  const act = () => {
    if (isAsked) return;
    isAsked = true;
    first.handle();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, act);
  return first;
}

function stopInOrder(stack: Stack): void {
  console.log('\nStopping: finishing what is under way …');
  stack.stop().then(() => {
    console.log('Stopped. Nothing is lost.');
    process.exit(0);
  }, report);
}

function report(error: unknown): void {
  console.error(errorMessage(error));
  process.exitCode = 1;
}

const program = new Command('start')
  .description('Starts database, Temporal, API and workers on this machine and keeps them running.')
  .option('--data-dir <folder>', 'where everything is kept', path.join(projectRoot(), '.ventros'))
  .option('--no-simulator', 'no simulated WhatsApp and providers: only what has a key works')
  .action(main);

program.parseAsync().catch(report);
