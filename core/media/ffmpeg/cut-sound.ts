import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isAppError } from '../../errors';
import { cutAtSilences, type Silence, type SoundPiece } from '../sound-cuts';
import { failureOf } from './failure';
import { probeMedia } from './probe';
import { GLOBAL_OPTIONS, INPUT_GUARDS, runFfmpeg, sharedLimits, TELLING_OPTIONS, type FfmpegLimits } from './run';
import { SPEECH_MIME_TYPE, SPEECH_OUTPUT } from './speech-output';
import { withWorkspace } from './workspace';

/**
 * Longer sound is cut: ten minutes are 3.6 MB at 48 kbit/s, far under the 25 MB that speech providers take, and are
 * transcribed well within the 30 s and 60 s that a call may take.
 */
export const LONGEST_WHOLE_SECONDS = 600;
/** What is read of a recording at most. */
export const LONGEST_SOUND_SECONDS = 4 * 3600;

/** Domain reference, section 3. */
const SILENCE_SECONDS = 0.5;
/** Rooms and telephones hum at this level; speech is 20 dB louder. */
const SILENCE_LEVEL = '-35dB';

export interface CutPiece {
  /** MP3, mono, 16 kHz. */
  bytes: Buffer;
  mimeType: 'audio/mpeg';
  startSeconds: number;
  lengthSeconds: number;
}

export interface CutSoundOptions extends FfmpegLimits {
  /** Called for one piece after the other, so that hours of sound are never in memory at once. */
  keep: (piece: CutPiece) => Promise<void>;
  /** Sound that turns out to be short is one piece then: for who knows it only as the sound of something long. */
  keepsShort?: boolean;
}

export interface CutSound {
  durationSeconds: number;
  /** There was more than four hours. */
  isTruncated: boolean;
}

/**
 * Cuts sound of more than ten minutes into pieces of at most that, at silences of half a second or more.
 *
 * @returns null when it is short enough to be read whole (but see `keepsShort`), or cannot be looked into: whether it can be
 * read is then for the provider to say
 * @throws AppError MEDIA_CORRUPT when it cannot be decoded, TIMEOUT; when `signal` aborts, its reason
 */
export async function cutSound(ffmpegPath: string, file: string, options: CutSoundOptions): Promise<CutSound | null> {
  const limits = sharedLimits(options);
  if (!(await mayBeLong(ffmpegPath, file, options.signal))) return null;
  try {
    const { durationSeconds, silences } = await listen(ffmpegPath, file, limits());
    if (durationSeconds <= LONGEST_WHOLE_SECONDS && !options.keepsShort) return null;
    for (const piece of cutAtSilences(durationSeconds, silences, LONGEST_WHOLE_SECONDS)) {
      await options.keep(await encode(ffmpegPath, { file, piece }, limits()));
    }
    // What ffmpeg stopped at may be a frame short of the limit.
    return { durationSeconds, isTruncated: durationSeconds > LONGEST_SOUND_SECONDS - 1 };
  } catch (error) {
    throw failureOf(error, options);
  }
}

async function mayBeLong(ffmpegPath: string, file: string, signal: AbortSignal): Promise<boolean> {
  try {
    const { hasAudio, durationSeconds, isDurationGuessed } = await probeMedia(ffmpegPath, file, signal);
    return hasAudio && (durationSeconds === null || isDurationGuessed || durationSeconds > LONGEST_WHOLE_SECONDS);
  } catch (error) {
    if (!isAppError(error, 'MEDIA_CORRUPT')) throw error;
    return false;
  }
}

/** Decodes it once: how long it really is, and where nobody speaks. */
async function listen(
  ffmpegPath: string,
  file: string,
  limits: FfmpegLimits,
): Promise<{ durationSeconds: number; silences: Silence[] }> {
  let durationSeconds = 0;
  const silences: Silence[] = [];
  await runFfmpeg(
    ffmpegPath,
    {
      outputs: [],
      build: (command) =>
        command
          .input(file)
          .inputOptions([...TELLING_OPTIONS, ...INPUT_GUARDS, '-t', String(LONGEST_SOUND_SECONDS)])
          .output('-')
          .outputOptions(['-map', '0:a:0', '-vn', '-af', `silencedetect=noise=${SILENCE_LEVEL}:d=${SILENCE_SECONDS}`])
          .outputOptions(['-f', 'null']),
      onLine: (line) => {
        const end = /silence_end: ([\d.]+) \| silence_duration: ([\d.]+)/.exec(line);
        if (end) silences.push({ startSeconds: Number(end[1]) - Number(end[2]), endSeconds: Number(end[1]) });
      },
    },
    {
      ...limits,
      onProgress: (progress) => {
        durationSeconds = Math.max(durationSeconds, progress.positionSeconds);
        limits.onProgress?.(progress);
      },
    },
  );
  return { durationSeconds, silences };
}

async function encode(
  ffmpegPath: string,
  { file, piece }: { file: string; piece: SoundPiece },
  limits: FfmpegLimits,
): Promise<CutPiece> {
  return withWorkspace(async (folder) => {
    const output = path.join(folder, 'piece.mp3');
    const range = ['-ss', piece.startSeconds.toFixed(3), '-t', piece.lengthSeconds.toFixed(3)];
    await runFfmpeg(
      ffmpegPath,
      {
        outputs: [output],
        build: (command) =>
          command
            .input(file)
            .inputOptions([...GLOBAL_OPTIONS, ...INPUT_GUARDS, ...range])
            .output(output)
            .outputOptions(SPEECH_OUTPUT),
      },
      limits,
    );
    return { ...piece, bytes: await readFile(output), mimeType: SPEECH_MIME_TYPE };
  });
}
