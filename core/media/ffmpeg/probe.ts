import { spawn } from 'node:child_process';
import { AppError } from '../../errors';
import { INPUT_GUARDS } from './run';

export interface MediaProbe {
  /** Null when the container does not say. */
  durationSeconds: number | null;
  /** The duration is ffmpeg's guess from size and bit rate (MP3 without a header, raw AAC). */
  isDurationGuessed: boolean;
  hasVideo: boolean;
  hasAudio: boolean;
  framesPerSecond: number | null;
}

const PROBE_TIMEOUT_MS = 15_000;
const MAX_OUTPUT_CHARS = 64 * 1024;

/**
 * Reads duration and streams from what ffmpeg prints about its input. ffprobe is not needed: the fallback binary comes
 * without it.
 *
 * @throws AppError MEDIA_CORRUPT when ffmpeg finds no stream in the file; when `signal` aborts, its reason
 */
export async function probeMedia(ffmpegPath: string, file: string, signal: AbortSignal): Promise<MediaProbe> {
  const text = await describeInput(ffmpegPath, file, signal);
  const probe = parseProbe(text);
  if (!probe.hasAudio && !probe.hasVideo) {
    throw new AppError('MEDIA_CORRUPT', 'The file holds neither sound nor pictures that can be decoded.');
  }
  return probe;
}

/** The facts in ffmpeg's description of its input (formats of 4.1 to 7.x). */
export function parseProbe(text: string): MediaProbe {
  const duration = /Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)/.exec(text);
  const streams = text.split('\n').filter((line) => /^\s*Stream #0:\d+/.test(line));
  // "none" and "0x0" are what a header without usable data looks like; a cover picture is no video.
  const video = streams.find((line) => / Video: (?!none)/.test(line) && !/\b0x0\b|attached pic/.test(line));
  const rate = /([\d.]+)(k?) fps/.exec(video ?? '');
  return {
    durationSeconds: duration ? Number(duration[1]) * 3600 + Number(duration[2]) * 60 + Number(duration[3]) : null,
    isDurationGuessed: text.includes('Estimating duration from bitrate'),
    hasVideo: video !== undefined,
    hasAudio: streams.some((line) => / Audio: (?!none)/.test(line)),
    framesPerSecond: rate ? Number(rate[1]) * (rate[2] === 'k' ? 1000 : 1) : null,
  };
}

/** Without an output ffmpeg describes its input and exits 1, so the status says nothing here. */
async function describeInput(ffmpegPath: string, file: string, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  const child = spawn(ffmpegPath, ['-hide_banner', '-nostdin', ...INPUT_GUARDS, '-i', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(0, MAX_OUTPUT_CHARS);
  });
  let timedOut = false;
  const kill = (): void => void child.kill('SIGKILL');
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, PROBE_TIMEOUT_MS);
  signal.addEventListener('abort', kill, { once: true });
  try {
    await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', kill);
  }
  signal.throwIfAborted();
  if (timedOut) throw new AppError('TIMEOUT', `Probing the file took longer than ${PROBE_TIMEOUT_MS} ms.`);
  return text;
}
