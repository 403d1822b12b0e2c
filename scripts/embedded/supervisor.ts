import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, fstatSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** One process of the stack. */
export interface ProcessSpec {
  name: string;
  /** Compiled script and its arguments; it runs in a Node process of its own. */
  script: string;
  args?: string[];
  env: NodeJS.ProcessEnv;
  /** Its stdout and stderr are appended here. */
  logFile: string;
  /** Answers true once the process does its work. Asked every 100 ms. */
  isReady: () => Promise<boolean>;
  /**
   * It prints a line {"event":"ready",…} of its own, and is not ready before that: whoever else answers at its port must
   * not be taken for it.
   */
  saysReady?: boolean;
  readyTimeoutMs?: number;
  /** Time between SIGTERM and SIGKILL. */
  stopTimeoutMs?: number;
}

export interface SupervisedProcess {
  readonly name: string;
  /** The process that runs now; undefined while it is being restarted or after `stop`. */
  readonly pid: number | undefined;
  readonly restarts: number;
  stop(): Promise<void>;
}

export interface SupervisorEvents {
  onExit?: (name: string, how: string, restartInMs: number) => void;
  /** It works again after it died. */
  onRestarted?: (name: string) => void;
}

const POLL_MS = 100;
const FIRST_RESTART_MS = 200;
const LONGEST_RESTART_MS = 10_000;
/** A process that ran this long was healthy: its next death starts the back-off anew. */
const HEALTHY_AFTER_MS = 30_000;
const LOG_ROTATION_BYTES = 20 * 1024 * 1024;

/**
 * Starts a process, waits until it is ready, and from then on starts it again whenever it dies.
 *
 * @param signal ends a start that is under way.
 * @throws Error with the end of its log if it dies or is not ready in time at the first start; the signal's reason.
 */
export async function supervise(
  spec: ProcessSpec,
  events: SupervisorEvents = {},
  signal?: AbortSignal,
): Promise<SupervisedProcess> {
  signal?.throwIfAborted();
  let launched = launch(spec);
  let { child } = launched;
  let startedAt = Date.now();
  let restarts = 0;
  let delayMs = FIRST_RESTART_MS;
  let phase: 'starting' | 'running' | 'stopping' = 'starting';
  let restartTimer: NodeJS.Timeout | undefined;

  function watch(watched: ChildProcess) {
    watched.once('exit', (code, signal) => {
      if (phase !== 'running') return;
      // What it had started (ffmpeg, the Temporal server) would get in the way of its successor.
      if (watched.pid) killGroup(watched.pid);
      if (Date.now() - startedAt > HEALTHY_AFTER_MS) delayMs = FIRST_RESTART_MS;
      events.onExit?.(spec.name, signal ?? `exit code ${code}`, delayMs);
      restartTimer = setTimeout(() => {
        restarts += 1;
        startedAt = Date.now();
        launched = launch(spec);
        ({ child } = launched);
        watch(child);
        void announceRestart(launched);
      }, delayMs);
      delayMs = Math.min(delayMs * 2, LONGEST_RESTART_MS);
    });
  }

  async function announceRestart(restarted: Launched) {
    while (isAlive(restarted.child) && !(await isReady(spec, restarted))) await sleep(POLL_MS);
    if (isAlive(restarted.child)) events.onRestarted?.(spec.name);
  }

  watch(child);
  const supervised: SupervisedProcess = {
    name: spec.name,
    get pid() {
      return isAlive(child) ? child.pid : undefined;
    },
    get restarts() {
      return restarts;
    },
    async stop() {
      phase = 'stopping';
      clearTimeout(restartTimer);
      await end(child, spec.stopTimeoutMs ?? 10_000);
    },
  };
  try {
    await untilReady(spec, launched, signal);
  } catch (error) {
    await supervised.stop();
    throw error;
  }
  phase = 'running';
  return supervised;
}

interface Launched {
  child: ChildProcess;
  /** Where its own lines begin in the log file, which goes on over restarts. */
  logStart: number;
}

function launch(spec: ProcessSpec): Launched {
  rotate(spec.logFile);
  const log = openSync(spec.logFile, 'a');
  try {
    const args = ['--enable-source-maps', '--require', path.join(__dirname, 'die-with-parent.js')];
    const logStart = fstatSync(log).size;
    const child = spawn(process.execPath, [...args, spec.script, ...(spec.args ?? [])], {
      env: spec.env,
      // The last one is the channel whose end tells the child that we are gone.
      stdio: ['ignore', log, log, 'ipc'],
      // A group of its own: Ctrl-C reaches only us, so the order of the shutdown is ours, and what a child started
      // (ffmpeg, the Temporal server) can be ended with it.
      detached: true,
    });
    return { child, logStart };
  } finally {
    closeSync(log);
  }
}

function rotate(logFile: string): void {
  if (existsSync(logFile) && statSync(logFile).size > LOG_ROTATION_BYTES) renameSync(logFile, `${logFile}.1`);
}

const isAlive = (child: ChildProcess) =>
  child.pid !== undefined && child.exitCode === null && child.signalCode === null;

async function isReady(spec: ProcessSpec, { logStart }: Launched): Promise<boolean> {
  if (spec.saysReady && !/^\{"event":"ready"/m.test(readFileSync(spec.logFile).subarray(logStart).toString()))
    return false;
  return spec.isReady();
}

async function untilReady(spec: ProcessSpec, launched: Launched, signal?: AbortSignal): Promise<void> {
  const { child } = launched;
  const timeoutMs = spec.readyTimeoutMs ?? 60_000;
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const ready = await isReady(spec, launched);
    signal?.throwIfAborted();
    if (ready && isAlive(child)) return;
    const problem = !isAlive(child)
      ? `ended with ${child.signalCode ?? `exit code ${child.exitCode}`}`
      : Date.now() > deadline
        ? `was not ready after ${timeoutMs / 1000} s`
        : undefined;
    if (problem) throw new Error(`${spec.name} ${problem}. The end of ${spec.logFile}:\n${logTail(spec.logFile)}`);
    await sleep(POLL_MS);
  }
}

/** The last lines of a log file. */
export function logTail(file: string, lines = 30): string {
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n') : '(no log)';
}

async function end(child: ChildProcess, timeoutMs: number): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  if (isAlive(child)) {
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    const timer = setTimeout(() => killGroup(pid), timeoutMs);
    await exited;
    clearTimeout(timer);
  }
  // Whatever the process itself left running.
  killGroup(pid);
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // ESRCH: the group is empty already, which is what we want.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
