import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { eventually } from './eventually';

const SCRIPT = path.join(__dirname, '../../scripts/start/main.js');
/** Of the whole stack, on a busy machine. */
const START_LIMIT_MS = 120_000;
/** What a person who tries it has not set. */
const NOT_INHERITED =
  /^(DATABASE_|TEMPORAL_ADDRESS|TEMPORAL_NAMESPACE|API_PORT|GRPC_PORT|WORKERS_HEALTH_PORT|MEDIA_DIR)/;

/** `npm start` on a folder of its own, as a process. */
export interface StartCommand {
  child: ChildProcess;
  /** What it printed so far. */
  output(): string;
  /** Waits until it has printed how to use it. */
  untilUp(): Promise<void>;
  /** Waits for its end. @returns its exit code, or the signal that ended it */
  ended(): Promise<number | NodeJS.Signals>;
}

export function runStart(dataDir: string): StartCommand {
  const inherited = Object.entries(process.env).filter(([name]) => !NOT_INHERITED.test(name));
  const child = spawn(process.execPath, [SCRIPT, '--data-dir', dataDir], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: Object.fromEntries(inherited),
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  return {
    child,
    output: () => output,
    async untilUp() {
      const isUp = () => output.includes('Ctrl-C stops it') || hasEnded();
      await eventually('the stack', isUp, START_LIMIT_MS);
      if (hasEnded()) throw new Error(`npm start ended:\n${output}`);
    },
    async ended() {
      if (!hasEnded()) await once(child, 'exit');
      return child.signalCode ?? child.exitCode ?? 1;
    },
  };
}

/** Addresses and key of a stack that is up, from the files it keeps. */
export function startedStack(dataDir: string): { api: string; simulator: string; apiKey: string } {
  const read = (name: string) => JSON.parse(readFileSync(path.join(dataDir, name), 'utf8'));
  const ports: { api: number; simulator: number } = read('ports.json');
  const { apiKey }: { apiKey: string } = read('demo.json');
  return { api: `http://127.0.0.1:${ports.api}`, simulator: `http://127.0.0.1:${ports.simulator}`, apiKey };
}
