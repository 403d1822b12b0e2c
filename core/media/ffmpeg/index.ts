import { existsSync } from 'node:fs';
import { cutSound, type CutPiece, type CutSound, type CutSoundOptions } from './cut-sound';
import { locateFfmpeg, wrapFfmpeg, type FfmpegSettings } from './locate';
import { probeMedia, type MediaProbe } from './probe';
import type { FfmpegLimits } from './run';
import { toSpeechAudio, type SpeechAudio } from './speech';
import { extractVideo, type ExtractedVideo, type ExtractVideoOptions } from './video';

export { sweepStaleWorkspaces } from './workspace';
export type {
  CutPiece,
  CutSound,
  CutSoundOptions,
  ExtractedVideo,
  ExtractVideoOptions,
  FfmpegLimits,
  FfmpegSettings,
  MediaProbe,
  SpeechAudio,
};

/** Work on sound and video by ffmpeg. Every function throws AppError; see extractVideo and toSpeechAudio for the codes. */
export interface FfmpegTools {
  /** The program that is used, for `doctor`. @throws AppError PROVIDER_NOT_CONFIGURED */
  locate(): Promise<string>;
  probe(file: string, signal: AbortSignal): Promise<MediaProbe>;
  /** Frames at even distances and the sound of a video file. */
  extractVideo(file: string, options: ExtractVideoOptions): Promise<ExtractedVideo>;
  /** Pieces of a long recording, cut at silences; null when it is short enough to be read whole. */
  cutSound(file: string, options: CutSoundOptions): Promise<CutSound | null>;
  /** Audio in a format that speech providers take. */
  toSpeechAudio(bytes: Buffer, mimeType: string, limits: FfmpegLimits): Promise<SpeechAudio>;
}

interface Located {
  path: string;
  wrapper: string;
}

/** ffmpeg is looked for at the first use and the answer kept, so a missing ffmpeg stops nobody who needs none. */
export function createFfmpegTools(settings: FfmpegSettings = {}): FfmpegTools {
  let located: Promise<Located> | null = null;
  const find = async (): Promise<Located> => {
    // A cleaner of the temporary folder may take the wrapper away from a process that runs for weeks.
    if (located !== null && !existsSync((await located).wrapper)) located = null;
    located ??= locateFfmpeg(settings)
      .then(async (path) => ({ path, wrapper: await wrapFfmpeg(path) }))
      .catch((error: unknown) => {
        located = null; // somebody may install it while we run
        throw error;
      });
    return located;
  };
  return {
    locate: async () => (await find()).path,
    probe: async (file, signal) => probeMedia((await find()).wrapper, file, signal),
    extractVideo: async (file, options) => extractVideo((await find()).wrapper, file, options),
    cutSound: async (file, options) => cutSound((await find()).wrapper, file, options),
    toSpeechAudio: async (bytes, mimeType, limits) =>
      toSpeechAudio((await find()).wrapper, { bytes, mimeType }, limits),
  };
}
