import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { newId } from '../../../core/ids';
import type { Reconciliation } from '../../../core/money/reconcile';
import type { Fault, InboundMessage, ProviderName } from '../../../simulator/index';
import { markedFixture } from '../../../test/support/media-bytes';
import { newPhone } from '../../../test/support/webhook';
import { isNothing, untilSettled } from '../settled';
import type { Stage } from '../stage';
import { outcome, type FaultCase } from '../types';
import { until } from '../until';

const SETTLE_LIMIT_MS = 150_000;
const CALL_LIMIT_MS = 30_000;
/** Longer than a worker needs to die. */
const SLOW_MS = 8_000;

/** Answers that were billed and lost, answers that say they are of no use, and calls that nobody worked on. */
const FAULTS: readonly [ProviderName, Fault, matchPath: string][] = [
  ['vertex', { kind: 'accept_then_drop' }, 'generateContent'],
  ['vertex', { kind: 'cut' }, 'generateContent'],
  ['vertex', { kind: 'reset' }, 'generateContent'],
  ['vertex', { kind: 'accept_then_drop' }, 'predict'],
  ['vertex', { kind: 'cut' }, 'predict'],
  ['groq', { kind: 'cut' }, 'transcriptions'],
  ['groq', { kind: 'accept_then_drop' }, 'transcriptions'],
  ['openai', { kind: 'cut' }, 'chat'],
  ['openai', { kind: 'accept_then_drop' }, 'chat'],
  ['openai', { kind: 'malformed' }, 'chat'],
  ['openai', { kind: 'refusal' }, 'chat'],
  ['openai', { kind: 'status', status: 503 }, 'chat'],
  ['llamaparse', { kind: 'cut' }, '/parse/pjb-'],
];

export const m2: FaultCase = {
  id: 'M2',
  title: 'Answers lost, cut in the middle or billed twice, and a worker killed while it waits for one',
  promise:
    'The ledger is what the providers bill, to the micro-dollar: what they billed more is one of the calls that it holds as unknown.',
  async run(context, { full }) {
    const cachedUsage = { inputTokens: 900, cachedInputTokens: 640, outputTokens: 37 };
    const stage = await context.stage({
      simulator: {
        script: {
          vision: [{ match: {}, text: 'Foto de um tênis azul.', usage: cachedUsage }],
          language: {
            rules: [
              { match: { schemaName: 'facts' }, builtIn: true },
              { match: { schemaName: 'intent' }, builtIn: true },
              { match: {}, text: 'Temos, sim.', usage: cachedUsage },
            ],
          },
        },
      },
      settings: { EMBEDDINGS_PROVIDER: 'vertex' },
    });
    const { simulator } = stage;
    await stage.startApi();
    const workers = await stage.startWorkers();
    const { tenantId, channel } = await stage.newShop();
    const write = (message: Omit<InboundMessage, 'session'>) =>
      simulator.waha.receive({ session: channel.externalId, ...message });

    for (const [provider, fault, matchPath] of FAULTS) simulator.fault(provider, fault, { times: 1, matchPath });
    const customers = full ? 60 : 4;
    await Promise.all(Array.from({ length: customers }, () => Promise.all(everyMedium().map(write))));
    const left = await untilSettled(stage, tenantId, { limitMs: SETTLE_LIMIT_MS });

    context.say('a worker that dies with a call');
    simulator.clearFaults();
    simulator.fault('vertex', { kind: 'delay', ms: SLOW_MS }, { times: 1, matchPath: 'generateContent' });
    await write(photo(newPhone()));
    const isAsked = await until(
      async () => simulator.requests('vertex').some(({ fault }) => fault === 'delay'),
      CALL_LIMIT_MS,
    );
    await workers.kill();
    await stage.startWorkers();
    const leftAfterKill = await untilSettled(stage, tenantId, { limitMs: SETTLE_LIMIT_MS });

    const file = path.join(context.workDir, 'invoice.csv');
    writeFileSync(file, await (await fetch(`${simulator.urls.control}/invoice.csv`)).text());
    const first = await reconcile(stage, file, ['--book']);
    const second = await reconcile(stage, file, []);
    const invoice = simulator.invoice();
    const billedTwice = first.check.resolutions.filter(({ kind }) => kind === 'billed').length;
    const notBilled = first.check.resolutions.filter(({ kind }) => kind === 'not_billed').length;
    // Calls that a provider does not name are added up, and the ledger rounds each of them up to a whole micro-dollar.
    const unnamed = invoice.filter(({ requestId }) => requestId === null).length;
    const roundedMicros = second.check.ledgerMicros - second.check.invoiceMicros;
    return outcome(
      {
        customers,
        billedCalls: invoice.length,
        cachedTokens: invoice.reduce((sum, { cachedInputTokens }) => sum + cachedInputTokens, 0),
        lostAndBilled: billedTwice,
        lostAndNotBilled: notBilled,
        unexplained: first.check.differences.length + second.check.differences.length,
        invoiceMicros: Math.round(second.check.invoiceMicros * 1_000) / 1_000,
        ledgerBeforeMicros: first.check.ledgerMicros,
        ledgerMicros: second.check.ledgerMicros,
        uncertainMicros: second.check.uncertainMicros,
        unnamedCalls: unnamed,
      },
      {
        'everything was worked off': isNothing(left) && isNothing(leftAfterKill),
        'the worker died with a call': isAsked,
        'nothing unexplained': first.exitCode === 0 && first.check.differences.length === 0,
        'answers were lost, billed and not': billedTwice >= 4 && notBilled >= 1,
        'nothing unexplained once booked': second.exitCode === 0 && second.check.differences.length === 0,
        'nothing unknown once booked': second.check.resolutions.length === 0 && second.check.uncertainMicros === 0,
        'never below the invoice': roundedMicros >= 0,
        'above it by the rounding of each call alone': roundedMicros < invoice.length,
      },
    );
  },
};

type Written = Omit<InboundMessage, 'session'>;

/** The same file is read once: each customer sends another. */
const media = (name: string): Buffer => markedFixture(name, newId());

function photo(from: string): Written {
  return { from, type: 'image', file: { bytes: media('photo.jpg'), mimetype: 'image/jpeg' } };
}

function everyMedium(): Written[] {
  const from = newPhone();
  return [
    { from, type: 'text', text: 'Oi, meu nome é Carla e prefiro pagar por Pix. Vocês têm tênis azul?' },
    photo(from),
    { from, type: 'voice', file: { bytes: media('voice.ogg'), mimetype: 'audio/ogg; codecs=opus' } },
    {
      from,
      type: 'document',
      file: { bytes: media('order.pdf'), mimetype: 'application/pdf', filename: 'pedido.pdf' },
    },
  ];
}

/** `npm run costs -- reconcile`, as an operator runs it. */
function reconcile(
  { databaseUrl, logDir }: Stage,
  file: string,
  args: string[],
): Promise<{ exitCode: number; check: Reconciliation }> {
  const json = path.join(logDir, `reconciled-${randomBytes(4).toString('hex')}.json`);
  const script = path.join(__dirname, '../../costs/main.js');
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [script, 'reconcile', file, '--json', json, ...args],
      { env: { ...process.env, DATABASE_URL: databaseUrl } },
      (error, stdout, stderr) => {
        const exitCode = error === null ? 0 : Number(error.code);
        writeFileSync(`${json}.log`, `${stdout}\n${stderr}`);
        if (exitCode > 1) reject(new Error(stderr));
        else resolve({ exitCode, check: JSON.parse(readFileSync(json, 'utf8')) as Reconciliation });
      },
    );
  });
}
