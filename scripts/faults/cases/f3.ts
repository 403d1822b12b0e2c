import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../../core/database';
import { isAppError } from '../../../core/errors';
import { createCallPolicy, type CallTarget } from '../../../core/providers/policy';
import type { SpeechProvider } from '../../../core/providers/ports';
import { overloaded, startSimulator } from '../../../simulator/index';
import { markedFixture } from '../../../test/support/media-bytes';
import { newPhone } from '../../../test/support/webhook';
import { percentile } from '../../bench/percentiles';
import { simulatedProviders, VOICE } from '../simulated-providers';
import { outcome, type FaultCase, type FaultContext, type Figures } from '../types';
import { until } from '../until';

/** As in the product. */
const CONSECUTIVE_FAILURES = 5;
const PRODUCT_INTERVAL_MS = 30_000;
/** Instead of it, where a case waits for many. */
const INTERVAL_MS = 1_000;
const CALLERS = 10;
const PAUSE_MS = 5;
/** Timers and clocks count whole milliseconds. */
const ROUNDING_MS = 5;
const FAIL_FAST_LIMIT_MS = 50;
const FALLBACK_LIMIT_MS = 60_000;

export const f3: FaultCase = {
  id: 'F3',
  title: 'A provider that answers every call with 5xx',
  promise:
    'Per worker process: five failures in a row open the breaker; then calls fail at once (p99 below 50 ms) and go to the next provider, one probe goes out every 30 s, and the first that is answered ends it.',
  async run(context, { full }) {
    const breaker = await breakerAlone(context, full ? 20 : 4);
    const fallback = await fallbackInProduct(context, full ? 60 : 8);
    return outcome({ ...breaker.figures, ...fallback.figures }, { ...breaker.checks, ...fallback.checks });
  },
};

interface Part {
  figures: Figures;
  checks: Record<string, boolean>;
}

/** The policy of the product round its adapter, with an interval that a case can wait for. */
async function breakerAlone({ atEnd, say }: FaultContext, intervals: number): Promise<Part> {
  const simulator = await startSimulator();
  atEnd(() => simulator.stop());
  const groq = simulatedProviders(simulator).speech.get('groq');
  if (!groq) throw new Error('there is no provider groq');
  const policy = createCallPolicy({
    breaker: { consecutiveFailures: CONSECUTIVE_FAILURES, halfOpenAfterMs: INTERVAL_MS },
  });
  const target: CallTarget = { provider: 'groq', operation: 'speech', timeoutMs: 10_000 };
  const call = () => transcribe(groq, (fn) => policy.run(target, new AbortController().signal, fn));
  const state = () => policy.states()[0]?.breaker;

  simulator.fault('groq', overloaded('groq'));
  let failures = 0;
  while (state() !== 'open' && failures < 100) {
    await call();
    failures += 1;
  }
  const refusedMs: number[] = [];
  while (state() === 'open' && refusedMs.length < 500) {
    const begunAt = performance.now();
    const { code } = await call();
    if (code !== 'BREAKER_OPEN') break;
    refusedMs.push(performance.now() - begunAt);
  }

  say('probing');
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  const probes: { atMs: number; tookMs: number }[] = [];
  const probing = new AbortController();
  let closedAtMs: number | null = null;
  const callers = Array.from({ length: CALLERS }, async () => {
    while (!probing.signal.aborted) {
      const { code, atMs, tookMs } = await call();
      if (code !== 'BREAKER_OPEN' && closedAtMs === null) probes.push({ atMs, tookMs });
      if (code === 'OK') closedAtMs ??= performance.now();
      await sleep(PAUSE_MS);
    }
  });
  // The worst moment to come back: just after a probe has failed, a whole interval before the next.
  await until(async () => probes.length > intervals, (intervals + 5) * INTERVAL_MS * 2);
  const failed = probes.length;
  await until(async () => probes.length > failed, INTERVAL_MS * 3);
  simulator.clearFaults('groq');
  const backAtMs = performance.now();
  const before = probes.length;
  await until(async () => closedAtMs !== null, INTERVAL_MS * 5);
  probing.abort();
  await Promise.all(callers);
  delays.disable();

  const outages = probes.slice(0, before);
  const gapsMs = outages.slice(1).map(({ atMs }, index) => atMs - (outages[index]?.atMs ?? 0));
  const slowestPauseMs = delays.max / 1e6;
  const recoveredAfterMs = closedAtMs === null ? Number.POSITIVE_INFINITY : closedAtMs - backAtMs;
  const probe = probes[before];
  const sorted = refusedMs.toSorted((a, b) => a - b);
  const figures = {
    failuresUntilOpen: failures,
    refused: refusedMs.length,
    refusedP99Ms: percentile(sorted, 0.99),
    intervalMs: INTERVAL_MS,
    probes: outages.length,
    shortestGapMs: Math.round(Math.min(...gapsMs)),
    longestGapMs: Math.round(Math.max(...gapsMs)),
    recoveredAfterMs: Math.round(recoveredAfterMs),
    longestPauseOfThisProcessMs: Math.round(slowestPauseMs),
  };
  // What this process did not run, it could not measure: a busy machine is no fault of the breaker.
  const slackMs = PAUSE_MS + ROUNDING_MS + 2 * slowestPauseMs + (probe?.tookMs ?? 0);
  return {
    figures,
    checks: {
      'open after five failures at most': failures <= CONSECUTIVE_FAILURES,
      'fails fast': refusedMs.length > 0 && figures.refusedP99Ms < FAIL_FAST_LIMIT_MS,
      'no two probes within an interval': Math.min(...gapsMs) >= INTERVAL_MS - ROUNDING_MS,
      'a probe in each interval': gapsMs.every((gapMs) => gapMs < 2 * INTERVAL_MS + slackMs),
      'recovered within an interval and a call': recoveredAfterMs <= INTERVAL_MS + slackMs,
    },
  };
}

/** One call. `atMs` is when it reached the provider. */
async function transcribe(
  provider: SpeechProvider,
  run: <T>(fn: (options: { signal: AbortSignal; timeoutMs: number }) => Promise<T>) => Promise<T>,
): Promise<{ code: string; atMs: number; tookMs: number }> {
  let atMs = 0;
  const took = () => performance.now() - atMs;
  try {
    await run((options) => {
      atMs = performance.now();
      return provider.transcribe(VOICE, options);
    });
    return { code: 'OK', atMs, tookMs: took() };
  } catch (error) {
    if (!isAppError(error)) throw error;
    return { code: error.code, atMs, tookMs: took() };
  }
}

/** Voice notes through the whole product while the first provider of their chain is down. */
async function fallbackInProduct(context: FaultContext, notes: number): Promise<Part> {
  context.say('voice notes through the product');
  const stage = await context.stage({ settings: { SPEECH_CHAIN: 'groq,openai' } });
  await stage.startApi();
  await stage.startWorkers();
  const { tenantId, channel } = await stage.newShop();
  stage.simulator.fault('groq', overloaded('groq'));
  const begunAt = performance.now();
  const isRead = (count: number) => async () => (await readBy(stage.db, tenantId)).length >= count;
  for (let sent = 1; sent <= notes; sent++) {
    await stage.simulator.waha.receive({
      session: channel.externalId,
      from: `${newPhone()}@c.us`,
      type: 'voice',
      file: { bytes: markedFixture('voice.ogg', sent), mimetype: 'audio/ogg; codecs=opus' },
    });
    await until(isRead(sent), FALLBACK_LIMIT_MS);
  }
  const providers = await readBy(stage.db, tenantId);
  // Not the list of models, which the workers ask for once when they start.
  const asked = stage.simulator.requests('groq').filter(({ path: route }) => route.endsWith('/transcriptions')).length;
  const intervals = Math.floor((performance.now() - begunAt) / PRODUCT_INTERVAL_MS);
  const figures = {
    voiceNotes: notes,
    readByTheNextProvider: providers.filter((provider) => provider === 'openai').length,
    askedTheDeadOne: asked,
  };
  return {
    figures,
    checks: {
      'the next provider reads all': figures.readByTheNextProvider === notes,
      'the dead one is left alone': asked <= CONSECUTIVE_FAILURES + intervals,
    },
  };
}

async function readBy(db: Database, tenantId: string): Promise<(string | null)[]> {
  const rows = await db.withTenant(tenantId, (tx) =>
    tx.messageEnrichment.findMany({ where: { tenantId, status: 'completed' }, select: { provider: true } }),
  );
  return rows.map(({ provider }) => provider);
}
