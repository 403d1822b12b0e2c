import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { errorMessage } from '../../core/errors';
import { missingParts } from './checks';
import { tellLogs, tellTheEnd } from './ending';
import { expectationsOf } from './expectations';
import { makeReport } from './make-report';
import { createNarrator } from './narrator';
import { openStack, type OpenStack } from './open-stack';
import { playConversation } from './play';
import { createPrinter, type Printer } from './printer';
import { nothingSeen, type Seen } from './seen';
import { setUpStage } from './stage';

/** A demo that takes longer is broken; a healthy one takes a quarter of it. */
const TOTAL_LIMIT_MS = 120_000;
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

interface Options {
  json?: string;
  useEnvironment?: boolean;
}

/** @returns the exit code: 0 only if every part really happened. */
async function main({ json, useEnvironment = false }: Options): Promise<number> {
  const startedAt = Date.now();
  const out = createPrinter(process.stdout);
  const stopping = new AbortController();
  const stop = stopOnSignals(stopping);
  const late = setTimeout(() => {
    stopping.abort(new Error(`it took longer than ${TOTAL_LIMIT_MS / 1000} s in total`));
  }, TOTAL_LIMIT_MS);

  out.line(out.styled('Ventros demo: one customer, five kinds of message, one memory', 'bold'));
  const seen = nothingSeen();
  const problems: string[] = [];
  let open: OpenStack | undefined;
  try {
    open = await openStack(out, stopping.signal, useEnvironment);
    await perform(open, { seen, out, signal: stopping.signal });
  } catch (error) {
    // Whatever it was, it is a part that did not happen: the rest is told, and the stack ended, all the same.
    problems.push(errorMessage(error));
    if (open && !stop.code) tellLogs(out, open.stack.logDir);
  }
  clearTimeout(late);
  await open?.close();

  const tookSeconds = Math.round((Date.now() - startedAt) / 100) / 10;
  if (open && problems.length === 0) {
    const draft = makeReport(seen, { ok: false, tookSeconds });
    problems.push(...missingParts(seen, draft, expectationsOf(open.stack)));
  }
  const report = makeReport(seen, { ok: problems.length === 0, tookSeconds });
  if (json) writeFileSync(path.resolve(json), `${JSON.stringify(report, null, 2)}\n`);
  tellTheEnd(out, { report, costs: seen.costs, problems, providers: open?.stack.providers, json });
  return stop.code ?? (report.ok ? 0 : 1);
}

async function perform(
  { stack }: OpenStack,
  { seen, out, signal }: { seen: Seen; out: Printer; signal: AbortSignal },
): Promise<void> {
  const stage = await setUpStage(stack, signal);
  try {
    out.row('signed up', `tenant ${stage.tenantId} with a WhatsApp channel`);
    out.row('webhook', stage.webhookUrl);
    await playConversation({ stage, seen, tell: createNarrator(out), signal });
  } finally {
    await stage.workflows.close();
  }
}

/** Ctrl-C reaches this process from the terminal and again from npm, which passes it on. */
const SAME_SIGNAL_MS = 1000;

/** The first signal ends the demo in order, a later one at once: what is running then ends by itself within seconds. */
function stopOnSignals(stopping: AbortController): { code: number | undefined } {
  const stop: { code: number | undefined } = { code: undefined };
  let firstAt = 0;
  for (const [name, code] of Object.entries(SIGNALS)) {
    process.on(name, () => {
      if (stop.code && Date.now() - firstAt > SAME_SIGNAL_MS) process.exit(stop.code);
      firstAt ||= Date.now();
      stop.code = code;
      stopping.abort(new Error(`stopped by ${name}`));
    });
  }
  return stop;
}

void new Command('npm run demo --')
  .description(
    'Starts the whole product on this machine, plays one WhatsApp conversation (text, photo, voice note, PDF, video) through ' +
      'the real webhook, and shows what every part makes of it. Leaves nothing behind. Providers without a key in the ' +
      'environment are simulated. Exits 0 only if every part really happened.',
  )
  .option('--json <file>', 'also write what happened to this file')
  .option(
    '--use-environment',
    'play on the servers of DATABASE_URL and TEMPORAL_ADDRESS, and leave the conversation there',
  )
  .action(async (options: Options) => {
    const code = await main(options);
    // Whatever still holds the process (a socket that is being closed) must not keep a finished demo open.
    process.exit(code);
  })
  .parseAsync();
