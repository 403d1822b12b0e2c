import { spawn, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError, ERROR_TABLE, type ErrorCode } from '../../errors';
import { dieWithParent } from './die-with-parent';

export interface ProgramLimits {
  /** The child is killed after this long and the call fails with TIMEOUT. */
  timeoutMs: number;
  signal?: AbortSignal;
  /** Of the whole process, native memory included; watched where /proc exists. */
  maxRssMb: number;
  /** Of what the child may answer. */
  maxOutputBytes: number;
}

export interface ChildLimits extends ProgramLimits {
  /** Of the JavaScript heap. */
  maxHeapMb: number;
}

/** Exit status of a child that has an AppError to report, as one line of JSON on stderr. */
export const CHILD_REFUSED_STATUS = 10;

const MAX_STDERR_CHARS = 8192;
/** A decoder fills memory at about 1 MB per ms, so this lets it overshoot by some 50 MB. */
const RSS_CHECK_INTERVAL_MS = 50;

interface Ending {
  status: number | null;
  stdout: Buffer;
  stderr: string;
  killedFor: 'abort' | 'timeout' | 'memory' | 'output' | null;
}

/**
 * Runs one of the compiled scripts beside this file on hostile bytes, in a process of its own with an empty environment,
 * so that whatever the decoder does ends with the child. The bytes go in by stdin, the answer comes back by stdout.
 *
 * @throws AppError what the script refused with; TIMEOUT; MEDIA_CORRUPT when the file needs more memory than allowed or
 * crashes its decoder; when `signal` aborts, its reason
 */
export async function runMediaChild(script: string, input: Buffer, limits: ChildLimits): Promise<Buffer> {
  limits.signal?.throwIfAborted();
  const file = path.join(__dirname, `${script}.js`);
  const { command, args } = dieWithParent(process.execPath, [`--max-old-space-size=${limits.maxHeapMb}`, file]);
  const ending = await watch(spawn(command, args, { env: {}, stdio: ['pipe', 'pipe', 'pipe'] }), input, limits);

  throwIfKilled(ending, limits);
  if (ending.status === 0) return ending.stdout;
  throw refusalOf(ending);
}

/**
 * Runs a program that reads hostile bytes, within limits and with no environment but what is given. It gets `input` by
 * stdin. What its exit status means is for the caller to say.
 *
 * @throws AppError TIMEOUT; MEDIA_CORRUPT when the file needs more memory than allowed; when `signal` aborts, its reason
 */
export async function runLimitedProgram(
  program: { command: string; args: readonly string[]; env?: Record<string, string> },
  input: Buffer,
  limits: ProgramLimits,
): Promise<{ status: number | null; stdout: Buffer; stderr: string }> {
  limits.signal?.throwIfAborted();
  const { command, args } = dieWithParent(program.command, program.args);
  const child = spawn(command, args, { env: program.env ?? {}, stdio: ['pipe', 'pipe', 'pipe'] });
  const ending = await watch(child, input, limits);
  throwIfKilled(ending, limits);
  return ending;
}

function throwIfKilled({ killedFor }: Ending, limits: ProgramLimits): void {
  switch (killedFor) {
    case 'abort':
      throw limits.signal?.reason;
    case 'timeout':
      throw new AppError('TIMEOUT', `Reading the file took longer than ${limits.timeoutMs} ms and was stopped.`);
    case 'memory':
    case 'output':
      throw new AppError('MEDIA_CORRUPT', 'The file unpacks to more than may be kept in memory. It was not read.', {
        details: { limit: killedFor },
      });
    case null:
      return;
  }
}

function refusalOf({ status, stderr }: Ending): AppError {
  const line = stderr.trimEnd().split('\n').at(-1) ?? '';
  if (status === CHILD_REFUSED_STATUS) {
    const { code, message } = JSON.parse(line) as { code: string; message: string };
    if (isErrorCode(code)) return new AppError(code, message);
  }
  return new AppError('MEDIA_CORRUPT', 'The file crashed the program that reads it. It was not read.', {
    details: { status, stderr: stderr.slice(-1000) },
  });
}

function isErrorCode(code: string): code is ErrorCode {
  return code in ERROR_TABLE;
}

function watch(child: ChildProcess, input: Buffer, limits: ProgramLimits): Promise<Ending> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let outputBytes = 0;
    let stderr = '';
    let killedFor: Ending['killedFor'] = null;
    const kill = (why: NonNullable<Ending['killedFor']>): void => {
      killedFor ??= why;
      child.kill('SIGKILL');
    };
    const onAbort = (): void => kill('abort');
    const timer = setTimeout(kill, limits.timeoutMs, 'timeout');
    const stopWatchingMemory = watchMemory(child.pid, limits.maxRssMb, () => kill('memory'));
    limits.signal?.addEventListener('abort', onAbort, { once: true });
    const settle = (): void => {
      clearTimeout(timer);
      stopWatchingMemory();
      limits.signal?.removeEventListener('abort', onAbort);
    };

    child.stdout?.on('data', (chunk: Buffer) => {
      outputBytes += chunk.length;
      if (outputBytes > limits.maxOutputBytes) kill('output');
      else chunks.push(chunk);
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-MAX_STDERR_CHARS);
    });
    // A child that refuses early closes its end while we still write: its exit status tells why.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
    child.once('error', (error) => {
      settle();
      reject(error);
    });
    child.once('close', (status) => {
      settle();
      resolve({ status, stdout: Buffer.concat(chunks, outputBytes), stderr, killedFor });
    });
  });
}

const PAGE_BYTES = 4096;

function watchMemory(pid: number | undefined, maxRssMb: number, onExceeded: () => void): () => void {
  if (process.platform !== 'linux' || pid === undefined) return () => undefined;
  const check = async (): Promise<void> => {
    // The file is gone when the child is.
    const statm = await readFile(`/proc/${pid}/statm`, 'latin1').catch(() => null);
    const residentPages = Number(statm?.split(' ')[1] ?? 0);
    if (residentPages * PAGE_BYTES > maxRssMb * 1024 * 1024) onExceeded();
  };
  const timer = setInterval(() => void check(), RSS_CHECK_INTERVAL_MS);
  return () => clearInterval(timer);
}
