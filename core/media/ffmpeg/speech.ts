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
 * Makes audio fit for a speech provider: Ogg, MP3, M4A, WAV, WebM and FLAC pass through untouched, the rest (AMR, 3GP,
 * AAC, WMA, the sound of a video) becomes MP3, mono, 16 kHz.
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
  if (extension !== undefined) return { bytes: input.bytes, mimeType, fileName: `audio.${extension}` };

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
