import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { AppError, isAppError } from '../../errors';
import { failureOf } from './failure';
import { probeMedia, type MediaProbe } from './probe';
import { GLOBAL_OPTIONS, INPUT_GUARDS, runFfmpeg, type FfmpegLimits } from './run';
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
  /** Mono, 16 kHz. Null when the video is silent. */
  audio: { bytes: Buffer; mimeType: 'audio/mpeg' } | null;
  durationSeconds: number;
}

export interface ExtractVideoOptions extends FfmpegLimits {
  maxFrames: number;
}

const MAX_FRAME_WIDTH = 1024;
/** What is read of a video at most. */
const MAX_VIDEO_SECONDS = 3600;
/** Longer videos are sought in, because one pass decodes every frame to keep a few. */
const MAX_SINGLE_PASS_SECONDS = 60;

const SCALE = `scale='min(${MAX_FRAME_WIDTH},iw)':-2`;
const JPEG_OPTIONS = ['-q:v', '3', '-vsync', 'vfr'];

/**
 * Takes frames at even distances and the sound out of a video file.
 *
 * @throws AppError MEDIA_CORRUPT when it cannot be decoded, TIMEOUT; when `signal` aborts, its reason
 */
export async function extractVideo(
  ffmpegPath: string,
  file: string,
  options: ExtractVideoOptions,
): Promise<ExtractedVideo> {
  const deadlineMs = Date.now() + options.timeoutMs;
  const limits = (): FfmpegLimits => ({ ...options, timeoutMs: Math.max(1, deadlineMs - Date.now()) });
  const probe = await probeMedia(ffmpegPath, file, options.signal);
  const durationSeconds = probe.durationSeconds ?? 0;

  return withWorkspace(async (folder) => {
    try {
      const plan = planFrames(probe, options.maxFrames);
      const audioFile = probe.hasAudio ? path.join(folder, 'audio.mp3') : null;
      if (durationSeconds <= MAX_SINGLE_PASS_SECONDS) {
        await extractInOnePass(ffmpegPath, { file, folder, plan, audioFile }, limits());
      } else {
        await extractBySeeking(ffmpegPath, { file, folder, plan, audioFile }, limits);
      }
      const frames = await readFrames(folder, plan);
      if (probe.hasVideo && frames.length === 0) {
        throw new AppError('MEDIA_CORRUPT', 'No picture of the video can be decoded. Ask the sender to send it again.');
      }
      const audio = audioFile === null ? null : await readSound(ffmpegPath, audioFile, options.signal);
      if (frames.length === 0 && audio === null) {
        throw new AppError(
          'MEDIA_CORRUPT',
          'The video has neither pictures nor sound. Ask the sender to send it again.',
        );
      }
      return { frames, audio, durationSeconds };
    } catch (error) {
      throw failureOf(error, options);
    }
  });
}

interface FramePlan {
  count: number;
  /** The distance between two frames; 0 when the duration is unknown and only the first frame is taken. */
  stepSeconds: number;
}

/** Each frame stands for an equal part of the video and is taken from the middle of its part. */
function planFrames(probe: MediaProbe, maxFrames: number): FramePlan {
  if (!probe.hasVideo) return { count: 0, stepSeconds: 0 };
  const duration = Math.min(probe.durationSeconds ?? 0, MAX_VIDEO_SECONDS);
  const framesInFile = Math.max(1, Math.floor(duration * (probe.framesPerSecond ?? 1)));
  const count = Math.min(maxFrames, framesInFile);
  return { count, stepSeconds: count === 1 ? 0 : duration / count };
}

function atSeconds(plan: FramePlan, index: number): number {
  return Math.round((index + 0.5) * plan.stepSeconds * 100) / 100;
}

interface ExtractionJob {
  file: string;
  folder: string;
  plan: FramePlan;
  audioFile: string | null;
}

const MAX_READ = ['-t', String(MAX_VIDEO_SECONDS)];

async function extractInOnePass(ffmpegPath: string, job: ExtractionJob, limits: FfmpegLimits): Promise<void> {
  const { count, stepSeconds } = job.plan;
  const pattern = path.join(job.folder, 'frame_%03d.jpg');
  await runFfmpeg(
    ffmpegPath,
    {
      outputs: job.audioFile === null ? [] : [job.audioFile],
      build: (command) => {
        command.input(job.file).inputOptions([...GLOBAL_OPTIONS, ...INPUT_GUARDS, ...MAX_READ]);
        if (count > 0) {
          // round=near makes output frame k the picture at (k + 0.5) steps: the middle of its part.
          const sampling = stepSeconds > 0 ? `fps=fps=${(1 / stepSeconds).toFixed(6)}:round=near,` : '';
          command
            .complexFilter(`[0:v:0]${sampling}${SCALE}[frames]`)
            .output(pattern)
            .outputOptions(['-map', '[frames]', '-frames:v', String(count), '-threads', '2', ...JPEG_OPTIONS]);
        }
        // Asked for only when there is sound: ffmpeg fails as a whole on a missing stream, even an optional one.
        if (job.audioFile !== null) command.output(job.audioFile).outputOptions(SPEECH_OUTPUT);
        return command;
      },
    },
    limits,
  );
}

async function extractBySeeking(ffmpegPath: string, job: ExtractionJob, limits: () => FfmpegLimits): Promise<void> {
  for (let index = 0; index < job.plan.count; index++) {
    const output = path.join(job.folder, `frame_${String(index + 1).padStart(3, '0')}.jpg`);
    const seek = ['-ss', atSeconds(job.plan, index).toFixed(2)];
    await runFfmpeg(
      ffmpegPath,
      {
        outputs: [output],
        build: (command) =>
          command
            .input(job.file)
            .inputOptions([...GLOBAL_OPTIONS, ...INPUT_GUARDS, ...seek])
            .output(output)
            .outputOptions(['-map', '0:v:0', '-frames:v', '1', '-vf', SCALE, '-threads', '2', ...JPEG_OPTIONS]),
      },
      limits(),
    );
  }
  if (job.audioFile !== null) {
    await extractInOnePass(ffmpegPath, { ...job, plan: { count: 0, stepSeconds: 0 } }, limits());
  }
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

async function readFrames(folder: string, plan: FramePlan): Promise<VideoFrame[]> {
  const names = (await readdir(folder)).filter((name) => name.startsWith('frame_')).sort();
  return Promise.all(
    names.map(async (name) => ({
      bytes: await readFile(path.join(folder, name)),
      mimeType: 'image/jpeg' as const,
      atSeconds: atSeconds(plan, Number(/\d+/.exec(name)?.[0] ?? 1) - 1),
    })),
  );
}
