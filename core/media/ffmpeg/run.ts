import type { ChildProcess } from 'node:child_process';
import { rm } from 'node:fs/promises';
import ffmpeg, { type FfmpegCommand } from 'fluent-ffmpeg';
import { MAX_IMAGE_PIXELS } from '../image-limits';

export interface FfmpegLimits {
  /** For one run; then ffmpeg is killed. */
  timeoutMs: number;
  signal: AbortSignal;
  /** Called about twice a second while ffmpeg works, with the position it has reached: a heartbeat. */
  onProgress?: (progress: { positionSeconds: number }) => void;
}

/** ffmpeg ended badly. `why` tells whether we ended it. */
export class FfmpegFailure extends Error {
  constructor(
    message: string,
    readonly why: 'abort' | 'timeout' | 'exit',
    readonly stderr: readonly string[],
    options: { cause: unknown },
  ) {
    super(message, options);
    this.name = 'FfmpegFailure';
  }
}

const MAX_STDERR_LINES = 500;
const MAX_LINE_CHARS = 1000;

/** Read-only for ffmpeg: containers people send. No playlists, which name further files to open. */
const DEMUXERS = 'mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,ogg,mp3,wav,aac,flac,amr,avi,asf,flv,mpegts,mpeg,gif';

/** Before every `-i`: no network, no playlists, few threads, no pictures that fill the memory. */
export const INPUT_GUARDS = [
  ...['-protocol_whitelist', 'file', '-format_whitelist', DEMUXERS],
  ...['-threads', '2', '-max_pixels', String(MAX_IMAGE_PIXELS)],
];

/** Global options of every run that writes files and nothing else. */
export const GLOBAL_OPTIONS = globalOptions('error');

/** Of runs whose filters are read: showinfo and silencedetect tell what they find at this level. */
export const TELLING_OPTIONS = globalOptions('info');

function globalOptions(level: 'error' | 'info'): string[] {
  return ['-hide_banner', '-nostdin', '-loglevel', level, '-progress', 'pipe:2', '-nostats'];
}

/** For work of several runs whose `timeoutMs` begins now and is for all of them: the limits of the next run. */
export function sharedLimits(limits: FfmpegLimits): () => FfmpegLimits {
  const deadlineMs = Date.now() + limits.timeoutMs;
  return () => ({ ...limits, timeoutMs: Math.max(1, deadlineMs - Date.now()) });
}

export interface FfmpegJob {
  build: (command: FfmpegCommand) => FfmpegCommand;
  /** Removed when it fails. */
  outputs: readonly string[];
  /** Every line of stderr but progress. */
  onLine?: (line: string) => void;
}

/** The process behind a command: there from `start` on, but not in the types. */
function processOf(command: FfmpegCommand): ChildProcess | null {
  return 'ffmpegProc' in command ? (command.ffmpegProc as ChildProcess) : null;
}

/**
 * Runs one fluent-ffmpeg command to its end and makes up for what fluent-ffmpeg 2.1.3 leaves open: a kill that comes
 * before the process exists is remembered, time is kept here and ended by SIGKILL, a failed spawn is an error and not a
 * crash, stderr is bounded, the process is gone and its outputs are removed when this throws.
 *
 * @returns the last 500 lines of stderr, without progress
 * @throws FfmpegFailure
 */
export async function runFfmpeg(ffmpegPath: string, job: FfmpegJob, limits: FfmpegLimits): Promise<string[]> {
  const stderr: string[] = [];
  let why: 'abort' | 'timeout' | null = null;
  let closed: Promise<unknown> = Promise.resolve();
  // Set again for every run because fluent-ffmpeg keeps the path per process, not per command.
  const command = job.build(ffmpeg({ stdoutLines: 1 }).setFfmpegPath(ffmpegPath));

  const kill = (reason: 'abort' | 'timeout'): void => {
    why ??= reason;
    processOf(command)?.kill('SIGKILL');
  };
  const onAbort = (): void => kill('abort');
  const timer = setTimeout(kill, limits.timeoutMs, 'timeout');
  limits.signal.addEventListener('abort', onAbort, { once: true });
  if (limits.signal.aborted) onAbort();

  command.on('stderr', (line: string) => {
    const positionMicros = /^out_time_(?:us|ms)=(\d+)/.exec(line)?.[1]; // both are microseconds
    if (positionMicros !== undefined) limits.onProgress?.({ positionSeconds: Number(positionMicros) / 1e6 });
    if (/^[a-z0-9_]+=\s*\S+$/.test(line)) return;
    job.onLine?.(line);
    stderr.push(line.slice(0, MAX_LINE_CHARS));
    if (stderr.length > MAX_STDERR_LINES) stderr.shift();
  });

  try {
    await new Promise<void>((resolve, reject) => {
      command.on('start', () => {
        const child = processOf(command);
        if (child === null) return reject(new Error('fluent-ffmpeg started no process'));
        closed = new Promise((done) => child.once('close', done));
        // Its own listener throws when the spawn failed, which nobody could catch.
        child.removeAllListeners('error').once('error', reject);
        if (child.pid === undefined) closed = Promise.resolve(); // no process, so no close
        if (why !== null) child.kill('SIGKILL');
      });
      command.on('end', () => resolve());
      command.on('error', reject);
      command.run();
    });
    if (why !== null) throw new Error('ffmpeg ended while it was being stopped');
    return stderr;
  } catch (cause) {
    await closed;
    await Promise.all(job.outputs.map((file) => rm(file, { force: true })));
    const message = why ?? (cause instanceof Error ? cause.message : String(cause));
    throw new FfmpegFailure(`ffmpeg: ${message}`, why ?? 'exit', stderr, { cause });
  } finally {
    clearTimeout(timer);
    limits.signal.removeEventListener('abort', onAbort);
  }
}
