import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isTemporalReady } from '../../embedded/infrastructure';
import { tally, writeAsCrowd } from '../crowd';
import { newPostgres, type OwnPostgres } from '../own-postgres';
import type { ProductProcess } from '../process';
import { isNothing, runningTypes, untilDelivered, untilSettled } from '../settled';
import type { Shop, Stage } from '../stage';
import { outcome, type FaultCase } from '../types';
import { until } from '../until';

const SETTLE_LIMIT_MS = 60_000;
/** A server that its supervisor starts again is there before. */
const BACK_LIMIT_MS = 60_000;
/** Nobody who asks the API waits longer for an answer, whatever it is. */
const LONGEST_ANSWER_MS = 5_000;
/** A request that hangs is given up so much later: then it is a miss, and its time is known. */
const PROBE_LIMIT_MS = 15_000;
const PROBE_EVERY_MS = 200;
/** They write as long as there are faults, and are fewer than these. */
const MOST_CUSTOMERS = 10_000;
/** Between two faults, for the work that the first left behind to meet the second. */
const PAUSE_MS = 3_000;

export const f2: FaultCase = {
  id: 'F2',
  title: 'Postgres, Temporal and the API restarted one after the other while customers write',
  promise:
    'A restart of any part loses nothing and sends nothing twice. While the database is away the API says so with 503 and problem+json, within five seconds.',
  runsAlone: true,
  async run(context, { full }) {
    mkdirSync(context.workDir, { recursive: true });
    const postgres = await newPostgres(path.join(context.workDir, 'postgres.log'));
    if (postgres) context.atEnd(() => postgres.remove());
    const stage = await context.stage({
      isTemporalKept: true,
      ...(postgres ? { databaseUrl: postgres.url } : { isDatabaseEmbedded: true }),
    });
    const shop = await stage.newShop();
    const api = { process: await stage.startApi() };
    await stage.startWorkers();
    const rounds = full ? 5 : 1;
    const awayMs = full ? 10_000 : 4_000;

    const probing = new AbortController();
    context.atEnd(() => probing.abort());
    const probes = probe(stage, shop, probing.signal);
    const writing = new AbortController();
    context.atEnd(() => writing.abort());
    const crowd = writeAsCrowd(stage, shop, { customers: MOST_CUSTOMERS, atOnce: 5, signal: writing.signal });
    // Hears of a failure of theirs long before anybody waits for them.
    void Promise.allSettled([probes.finished, crowd]);
    const restarts = { database: 0, temporal: 0, api: 0 };
    for (let round = 0; round < rounds; round++) {
      await sleep(PAUSE_MS);
      context.say('the database goes away');
      await restartDatabase(stage, postgres, awayMs);
      restarts.database += 1;
      await sleep(PAUSE_MS);
      context.say('Temporal goes away');
      await restartTemporal(stage);
      restarts.temporal += 1;
      await sleep(PAUSE_MS);
      context.say('the API goes away');
      probes.expectNoApi(true);
      api.process = await restartApi(stage, api.process);
      probes.expectNoApi(false);
      restarts.api += 1;
    }
    writing.abort();
    const written = await crowd;
    await untilDelivered(stage);
    const left = await untilSettled(stage, shop.tenantId, { limitMs: SETTLE_LIMIT_MS });
    probing.abort();
    const answers = await probes.finished;
    const result = await tally(stage, shop, written);
    const slowestAnswerMs = Math.max(...answers.map(({ ms }) => ms));
    const figures = {
      database: postgres ? 'Postgres 17' : 'embedded',
      databaseRestarts: restarts.database,
      temporalRestarts: restarts.temporal,
      apiRestarts: restarts.api,
      ...written,
      ...result,
      stuck: left.runningWorkflows,
      stuckTypes: await runningTypes(stage, shop.tenantId),
      unfinished: JSON.stringify(left),
      requests: answers.length,
      unavailable: answers.filter(({ kind }) => kind === 'unavailable').length,
      otherAnswers:
        [...new Set(answers.flatMap(({ kind, what }) => (kind === 'other' ? [what] : [])))].join(', ') || 'none',
      slowestAnswerMs,
    };
    return outcome(figures, {
      'nothing is lost': result.lost === 0,
      'every medium is read': result.mediaUnread === 0,
      'nothing is sent twice': result.duplicateTexts === 0 && result.duplicateMedia === 0,
      'nothing is left over after a minute': isNothing(left),
      'the API said that the database is away': figures.unavailable > 0,
      'every other answer was the usual one': figures.otherAnswers === 'none',
      'nobody waited longer than five seconds': slowestAnswerMs <= LONGEST_ANSWER_MS,
    });
  },
};

async function restartDatabase(stage: Stage, postgres: OwnPostgres | null, awayMs: number): Promise<void> {
  if (!postgres) return killSupervised(stage, 'database', () => stage.db.isHealthy(1_000));
  await postgres.crash();
  await sleep(awayMs);
  await postgres.start();
}

const restartTemporal = (stage: Stage) =>
  killSupervised(stage, 'temporal', () => isTemporalReady(stage.temporalAddress));

/** SIGKILL; its supervisor starts it again. */
async function killSupervised(stage: Stage, name: string, isBack: () => Promise<boolean>): Promise<void> {
  const server = stage.infrastructure.processes.find((one) => one.name === name);
  if (server?.pid === undefined) throw new Error(`there is no ${name} to kill`);
  process.kill(server.pid, 'SIGKILL');
  const { restarts } = server;
  const isStartedAgain = async () => server.restarts !== restarts && (await isBack());
  if (!(await until(isStartedAgain, BACK_LIMIT_MS)))
    throw new Error(`${name} did not come back within ${BACK_LIMIT_MS / 1000} s`);
}

async function restartApi(stage: Stage, running: ProductProcess): Promise<ProductProcess> {
  await running.kill();
  return stage.startApi();
}

interface Answer {
  kind: 'usual' | 'unavailable' | 'other';
  what: string;
  ms: number;
}

/** Asks the API for something in the database, again and again, without waiting for one answer before the next question. */
function probe(stage: Stage, { apiKey }: Shop, signal: AbortSignal) {
  let isApiAway = false;
  async function ask(): Promise<Answer> {
    const startedAt = performance.now();
    const wasAway = isApiAway;
    const what = await fetch(`${stage.apiUrl}/api/v1/contacts?limit=1`, {
      headers: { authorization: `Bearer ${apiKey}` },
      signal: AbortSignal.timeout(PROBE_LIMIT_MS),
    })
      .then(async (response) => {
        await response.arrayBuffer();
        return `${response.status} ${response.headers.get('content-type')?.split(';')[0]}`;
      })
      // An answer that breaks off is none either.
      .catch((error: unknown) => `no answer: ${error instanceof Error ? error.name : String(error)}`);
    const isExpected = what === '200 application/json' || ((wasAway || isApiAway) && what.startsWith('no answer'));
    const isUnavailable = what === '503 application/problem+json';
    const kind = isUnavailable ? 'unavailable' : isExpected ? 'usual' : 'other';
    return { kind, what, ms: Math.round(performance.now() - startedAt) };
  }
  async function askOn(): Promise<Answer[]> {
    const asked: Promise<Answer>[] = [];
    while (!signal.aborted) {
      asked.push(ask());
      await sleep(PROBE_EVERY_MS);
    }
    return Promise.all(asked);
  }
  return { finished: askOn(), expectNoApi: (isAway: boolean) => void (isApiAway = isAway) };
}
