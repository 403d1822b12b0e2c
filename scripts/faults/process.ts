import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { logTail } from '../embedded/supervisor';

/** A process of the product that a case may kill. It ends with the runner, however that ends. */
export interface ProductProcess {
  readonly name: string;
  readonly pid: number;
  /** Its stdout and stderr: one JSON object a line. */
  readonly logFile: string;
  isAlive(): boolean;
  /** SIGKILL: no time for anything. Resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM, as a deployment does; SIGKILL after 45 s. */
  stop(): Promise<void>;
}

export interface ProductProcessSpec {
  name: string;
  /** Compiled, below dist: `workers/main.js`. */
  script: string;
  args?: string[];
  env: NodeJS.ProcessEnv;
  logFile: string;
  isReady: () => Promise<boolean>;
}

const READY_LIMIT_MS = 90_000;
const STOP_LIMIT_MS = 45_000;
const POLL_MS = 50;

/** @throws Error with the end of its log if it ends or is not ready in 90 s */
export async function startProcess(spec: ProductProcessSpec): Promise<ProductProcess> {
  const log = openSync(spec.logFile, 'a');
  const compiled = path.join(__dirname, '../..');
  const child = spawn(
    process.execPath,
    [
      '--enable-source-maps',
      '--require',
      path.join(compiled, 'scripts/embedded/die-with-parent.js'),
      path.join(compiled, spec.script),
      ...(spec.args ?? []),
    ],
    { env: spec.env, stdio: ['ignore', log, log, 'ipc'], detached: true },
  );
  closeSync(log);
  const started = asProduct(child, spec);
  for (const deadline = Date.now() + READY_LIMIT_MS; ; await sleep(POLL_MS)) {
    if (started.isAlive() && (await spec.isReady())) return started;
    if (started.isAlive() && Date.now() < deadline) continue;
    const how = started.isAlive() ? `was not ready in ${READY_LIMIT_MS / 1000} s` : 'ended';
    await started.kill();
    throw new Error(`${spec.name} ${how}. The end of ${spec.logFile}:\n${logTail(spec.logFile)}`);
  }
}

function asProduct(child: ChildProcess, { name, logFile }: ProductProcessSpec): ProductProcess {
  const { pid } = child;
  if (pid === undefined) throw new Error(`${name} could not be started`);
  const isAlive = () => child.exitCode === null && child.signalCode === null;
  const gone = isAlive() ? once(child, 'exit') : Promise.resolve();
  const kill = async () => {
    endGroup(pid);
    await gone;
  };
  return {
    name,
    pid,
    logFile,
    isAlive,
    kill,
    async stop() {
      if (isAlive()) child.kill('SIGTERM');
      const timer = setTimeout(() => endGroup(pid), STOP_LIMIT_MS);
      await gone;
      clearTimeout(timer);
      // Whatever it had started itself.
      endGroup(pid);
    },
  };
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // The group is empty already.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Any failure means "not yet": the reason is in the log of the process. */
export function answersOk(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
    async (response) => {
      await response.arrayBuffer();
      return response.ok;
    },
    () => false,
  );
}
