import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStage } from './stage';
import type { FaultCase, FaultContext, Figure, Outcome } from './types';

export interface CaseReport extends Outcome {
  id: string;
}

export interface RunOptions {
  full: boolean;
  databaseServerUrl: string;
  /** Holds a folder for each case; those of the cases that hold are removed. */
  workDir: string;
  /** Ends the case that is under way. */
  signal: AbortSignal;
}

/** A case that takes longer hangs, and that is a miss. */
const SHORT_LIMIT_MS = 8 * 60_000;
const FULL_LIMIT_MS = 60 * 60_000;

/** Most cases wait most of their time: so many run side by side in their short form. */
const SIDE_BY_SIDE = 2;

/**
 * Runs the cases and prints a row for each when it is over: side by side in the short form, and after those, one by one,
 * the ones that run alone. @returns the reports in the order of the cases
 */
export async function runCases(cases: readonly FaultCase[], options: RunOptions): Promise<CaseReport[]> {
  const reports = new Map<string, Outcome>();
  const runAll = async (queue: FaultCase[]) => {
    for (let one = queue.shift(); one && !options.signal.aborted; one = queue.shift()) {
      const startedAt = Date.now();
      const result = await runCase(one, options);
      reports.set(one.id, result);
      const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
      console.log(`${one.id.padEnd(4)} ${one.title}`);
      console.log(`     ${result.pass ? '✔ holds' : '✖ MISSED'} in ${seconds} s: ${describe(result.figures)}`);
    }
  };
  const others = cases.filter(({ runsAlone }) => !runsAlone);
  const lanes = Array.from({ length: options.full ? 1 : SIDE_BY_SIDE }, () => runAll(others));
  // What one of them has opened is closed also when the other ends with an error.
  for (const lane of await Promise.allSettled(lanes)) if (lane.status === 'rejected') throw lane.reason;
  await runAll(cases.filter(({ runsAlone }) => runsAlone));
  options.signal.throwIfAborted();
  return cases.flatMap(({ id }) => {
    const result = reports.get(id);
    return result ? [{ id, ...result }] : [];
  });
}

async function runCase(one: FaultCase, { full, databaseServerUrl, workDir, signal }: RunOptions): Promise<Outcome> {
  const folder = path.join(workDir, one.id);
  mkdirSync(folder, { recursive: true });
  const closers: (() => Promise<void> | void)[] = [];
  const context: FaultContext = {
    databaseServerUrl,
    workDir: folder,
    say: (progress) => console.error(`       ${one.id}: ${progress}`),
    atEnd: (close) => void closers.push(close),
    async stage(options = {}) {
      const stage = await openStage(path.join(folder, String(closers.length)), databaseServerUrl, options);
      closers.push(stage.close);
      return stage;
    },
  };
  let result: Outcome;
  try {
    result = await withinLimit(one.run(context, { full }), full ? FULL_LIMIT_MS : SHORT_LIMIT_MS, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    console.error(error);
    result = { pass: false, figures: { error: error instanceof Error ? error.message : String(error) } };
  } finally {
    for (const close of closers.reverse()) await close();
  }
  if (result.pass) rmSync(folder, { recursive: true, force: true });
  else console.error(`       ${one.id}: the logs of its processes are below ${folder}`);
  return result;
}

async function withinLimit(running: Promise<Outcome>, limitMs: number, signal: AbortSignal): Promise<Outcome> {
  const over = new AbortController();
  const tooLong = sleep(limitMs, undefined, { signal: AbortSignal.any([signal, over.signal]), ref: false }).then(() => {
    throw new Error(`the case was not over after ${limitMs / 60_000} minutes`);
  });
  try {
    return await Promise.race([running, tooLong]);
  } finally {
    over.abort();
    // The loser of the race has nobody left to tell.
    await tooLong.catch(() => undefined);
  }
}

function describe(figures: Record<string, Figure>): string {
  return Object.entries(figures)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ');
}
