import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../errors';
import { canonicalMimeType } from '../mime';
import { failureOf } from './failure';
import { probeMedia } from './probe';
import { GLOBAL_OPTIONS, INPUT_GUARDS, runFfmpeg, type FfmpegLimits } from './run';
import { SPEECH_MIME_TYPE, SPEECH_OUTPUT } from './speech-output';
import { withWorkspace } from './workspace';

export interface SpeechAudio {
  bytes: Buffer;
  mimeType: string;
  /** Ours, with the extension by which speech providers tell the format. */
  fileName: string;
}

/** 25 MiB at OpenAI, 25 MB on Groq's free tier: the smaller one for both. */
const MAX_TAKEN_BYTES = 25_000_000;

/** What Groq and OpenAI take as it is, and the extension they know it by. */
const TAKEN_AS_IS: Readonly<Record<string, string>> = {
  'audio/ogg': 'ogg',
  'audio/mpeg': 'mp3',
  'audio/mp4': 'm4a',
  'audio/wav': 'wav',
  'audio/webm': 'webm',
  'audio/flac': 'flac',
};

/**
 * Makes audio fit for a speech provider: Ogg, MP3, M4A, WAV, WebM and FLAC up to 25 MB pass through untouched, the rest
 * (AMR, 3GP, AAC, WMA, the sound of a video, an hour of WAV) becomes MP3, mono, 16 kHz. Of more than an hour the first hour
 * is kept.
 *
 * @throws AppError MEDIA_CORRUPT when it cannot be decoded, TIMEOUT; when `signal` aborts, its reason
 */
export async function toSpeechAudio(
  ffmpegPath: string,
  input: { bytes: Buffer; mimeType: string },
  limits: FfmpegLimits,
): Promise<SpeechAudio> {
  const mimeType = canonicalMimeType(input.mimeType);
  const extension = TAKEN_AS_IS[mimeType];
  if (extension !== undefined && input.bytes.length <= MAX_TAKEN_BYTES) {
    return { bytes: input.bytes, mimeType, fileName: `audio.${extension}` };
  }

  return withWorkspace(async (folder) => {
    const source = path.join(folder, 'input');
    const output = path.join(folder, 'audio.mp3');
    await writeFile(source, input.bytes);
    const probe = await probeMedia(ffmpegPath, source, limits.signal);
    if (!probe.hasAudio) throw new AppError('MEDIA_CORRUPT', 'The file has no sound.');
    const build = { input: [...GLOBAL_OPTIONS, ...INPUT_GUARDS], output: SPEECH_OUTPUT };
    try {
      await runFfmpeg(
        ffmpegPath,
        {
          outputs: [output],
          build: (command) =>
            command.input(source).inputOptions(build.input).output(output).outputOptions(build.output),
        },
        limits,
      );
    } catch (error) {
      throw failureOf(error, limits);
    }
    return { bytes: await readFile(output), mimeType: SPEECH_MIME_TYPE, fileName: 'audio.mp3' };
  });
}
