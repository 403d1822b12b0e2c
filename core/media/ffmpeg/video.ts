import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { AppError, isAppError } from '../../errors';
import { frameTimes } from '../frame-times';
import { isMissingFile } from '../store';
import { LONGEST_WHOLE_SECONDS } from './cut-sound';
import { failureOf } from './failure';
import { probeMedia, type MediaProbe } from './probe';
import {
  FfmpegFailure,
  GLOBAL_OPTIONS,
  INPUT_GUARDS,
  runFfmpeg,
  sharedLimits,
  TELLING_OPTIONS,
  type FfmpegLimits,
} from './run';
import { SPEECH_OUTPUT, SPEECH_MIME_TYPE } from './speech-output';
import { withWorkspace } from './workspace';

export interface VideoFrame {
  /** JPEG, at most 1024 pixels wide. */
  bytes: Buffer;
  mimeType: 'image/jpeg';
  atSeconds: number;
}

export interface ExtractedVideo {
  /** In order of time. Empty when the file has sound only. */
  frames: VideoFrame[];
  /** Mono, 16 kHz. Null when the video is silent, or when its sound is long. */
  audio: { bytes: Buffer; mimeType: 'audio/mpeg' } | null;
  /** There is sound, and by the container more than is read in one piece: see cutSound. */
  isSoundLong: boolean;
  durationSeconds: number;
}

export interface ExtractVideoOptions extends FfmpegLimits {
  maxFrames: number;
}

const MAX_FRAME_WIDTH = 1024;
/** What is read of a video at most. */
const MAX_VIDEO_SECONDS = 3600;
/** In longer videos no cuts are looked for, because that decodes every picture of them. */
const MAX_SECONDS_TO_WATCH = 120;
/** Of 1: how much of the picture has to change. ffmpeg's own documentation recommends .3 to .5. */
const SCENE_CHANGE = 0.3;
/** Cuts are as plain in a small picture. */
const WATCHED_WIDTH = 320;
/** One picture, sought. What takes longer was made to. */
const FRAME_TIMEOUT_MS = 60_000;

const SCALE = `scale='min(${MAX_FRAME_WIDTH},iw)':-2`;
const JPEG_OPTIONS = ['-q:v', '3', '-vsync', 'vfr'];

/**
 * Takes a picture of each scene, or at even distances where there are no cuts (and in videos of more than two minutes),
 * and the sound out of a video file. Pictures are sought one by one, so that a long video is not decoded to keep a few.
 *
 * @throws AppError MEDIA_CORRUPT when it cannot be decoded, TIMEOUT; when `signal` aborts, its reason
 */
export async function extractVideo(
  ffmpegPath: string,
  file: string,
  options: ExtractVideoOptions,
): Promise<ExtractedVideo> {
  const limits = sharedLimits(options);
  const probe = await probeMedia(ffmpegPath, file, options.signal);
  const durationSeconds = probe.durationSeconds ?? 0;
  const isSoundLong = probe.hasAudio && durationSeconds > LONGEST_WHOLE_SECONDS;

  return withWorkspace(async (folder) => {
    try {
      const audioFile = probe.hasAudio && !isSoundLong ? path.join(folder, 'audio.mp3') : null;
      const cuts = await watch(ffmpegPath, { file, probe, audioFile }, limits());
      const times = planFrames(probe, cuts, options.maxFrames);
      const frames = await takeFrames(ffmpegPath, { file, folder, times }, limits);
      if (probe.hasVideo && frames.length === 0) {
        throw new AppError('MEDIA_CORRUPT', 'No picture of the video can be decoded. Ask the sender to send it again.');
      }
      const audio = audioFile === null ? null : await readSound(ffmpegPath, audioFile, options.signal);
      if (frames.length === 0 && audio === null && !isSoundLong) {
        throw new AppError(
          'MEDIA_CORRUPT',
          'The video has neither pictures nor sound. Ask the sender to send it again.',
        );
      }
      return { frames, audio, isSoundLong, durationSeconds };
    } catch (error) {
      throw failureOf(error, options);
    }
  });
}

/** In one pass over the file: the sound into `audioFile`, and the seconds at which another scene begins. */
async function watch(
  ffmpegPath: string,
  { file, probe, audioFile }: { file: string; probe: MediaProbe; audioFile: string | null },
  limits: FfmpegLimits,
): Promise<number[]> {
  const isWatched = probe.hasVideo && (probe.durationSeconds ?? 0) <= MAX_SECONDS_TO_WATCH;
  const cuts: number[] = [];
  if (!isWatched && audioFile === null) return cuts;
  const scenes = `[0:v:0]scale='min(${WATCHED_WIDTH},iw)':-2,select='gt(scene,${SCENE_CHANGE})',showinfo[cuts]`;
  await runFfmpeg(
    ffmpegPath,
    {
      outputs: audioFile === null ? [] : [audioFile],
      build: (command) => {
        command.input(file).inputOptions([...TELLING_OPTIONS, ...INPUT_GUARDS, '-t', String(MAX_VIDEO_SECONDS)]);
        if (isWatched) {
          command.complexFilter(scenes).output('-').outputOptions(['-map', '[cuts]', '-vsync', 'vfr', '-f', 'null']);
        }
        // Asked for only when there is sound: ffmpeg fails as a whole on a missing stream, even an optional one.
        if (audioFile !== null) command.output(audioFile).outputOptions(SPEECH_OUTPUT);
        return command;
      },
      onLine: (line) => {
        const seconds = /showinfo.* pts_time:\s*([\d.]+)/.exec(line)?.[1];
        if (seconds !== undefined) cuts.push(Number(seconds));
      },
    },
    limits,
  );
  return cuts;
}

/** The seconds at which pictures are taken: none without video, the first one where the duration is unknown. */
function planFrames(probe: MediaProbe, cuts: readonly number[], maxFrames: number): number[] {
  if (!probe.hasVideo) return [];
  const duration = Math.min(probe.durationSeconds ?? 0, MAX_VIDEO_SECONDS);
  const framesInFile = Math.max(1, Math.floor(duration * (probe.framesPerSecond ?? 1)));
  const count = Math.min(maxFrames, framesInFile);
  return count === 1 ? [0] : frameTimes(duration, cuts, count);
}

/**
 * A file whose index promises more than it holds has nothing to be sought: its first picture stands for it. One that is
 * damaged in one place is read in the others.
 */
async function takeFrames(
  ffmpegPath: string,
  { file, folder, times }: { file: string; folder: string; times: readonly number[] },
  limits: () => FfmpegLimits,
): Promise<VideoFrame[]> {
  const frames: VideoFrame[] = [];
  let damage: FfmpegFailure | undefined;
  const tried = times.length > 0 && !times.includes(0) ? [...times, 0] : times;
  for (const atSeconds of tried) {
    if (atSeconds === 0 && frames.length > 0) continue;
    const output = path.join(folder, 'frame.jpg');
    try {
      await takeFrame(ffmpegPath, { file, output, atSeconds }, withinLimits(limits(), FRAME_TIMEOUT_MS));
    } catch (error) {
      if (!(error instanceof FfmpegFailure) || error.why === 'abort' || isOver(limits())) throw error;
      damage = error;
      continue;
    }
    const bytes = await readIfWritten(output);
    if (bytes !== null) frames.push({ bytes, mimeType: 'image/jpeg', atSeconds });
    await rm(output, { force: true });
  }
  if (frames.length === 0 && damage?.why === 'timeout') {
    throw new AppError('MEDIA_CORRUPT', `One picture of the video takes longer than ${FRAME_TIMEOUT_MS} ms to decode.`);
  }
  if (frames.length === 0 && damage) throw damage;
  return frames;
}

/** Null when ffmpeg wrote nothing, as it does where there is nothing. Any other trouble is ours and not of the file. */
async function readIfWritten(file: string): Promise<Buffer | null> {
  return readFile(file).catch((error: unknown) => {
    if (isMissingFile(error)) return null;
    throw error;
  });
}

/** The time for the whole file, and not only for this picture. */
function isOver({ timeoutMs }: FfmpegLimits): boolean {
  return timeoutMs <= 1;
}

function withinLimits(limits: FfmpegLimits, timeoutMs: number): FfmpegLimits {
  return { ...limits, timeoutMs: Math.min(limits.timeoutMs, timeoutMs) };
}

function takeFrame(
  ffmpegPath: string,
  { file, output, atSeconds }: { file: string; output: string; atSeconds: number },
  limits: FfmpegLimits,
): Promise<unknown> {
  return runFfmpeg(
    ffmpegPath,
    {
      outputs: [output],
      build: (command) =>
        command
          .input(file)
          .inputOptions([...GLOBAL_OPTIONS, ...INPUT_GUARDS, '-ss', atSeconds.toFixed(2)])
          .output(output)
          .outputOptions(['-map', '0:v:0', '-frames:v', '1', '-vf', SCALE, '-threads', '2', ...JPEG_OPTIONS]),
    },
    limits,
  );
}

/** Null for a sound track without a single sample: of it ffmpeg writes tags at most. */
async function readSound(ffmpegPath: string, file: string, signal: AbortSignal): Promise<ExtractedVideo['audio']> {
  try {
    await probeMedia(ffmpegPath, file, signal);
  } catch (error) {
    if (isAppError(error, 'MEDIA_CORRUPT')) return null;
    throw error;
  }
  return { bytes: await readFile(file), mimeType: SPEECH_MIME_TYPE };
}
