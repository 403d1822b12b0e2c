import { AppError } from '../errors';

/**
 * What the transcription services read, and the ending by which they recognise it (Groq and OpenAI, "Speech to text":
 * flac mp3 mp4 mpeg mpga m4a ogg wav webm).
 */
const EXTENSIONS: Readonly<Record<string, string>> = {
  'audio/ogg': 'ogg',
  'audio/opus': 'ogg',
  'application/ogg': 'ogg',
  'audio/mpeg': 'mp3',
  'audio/mp3': 'mp3',
  'audio/mp4': 'm4a',
  'audio/m4a': 'm4a',
  'audio/x-m4a': 'm4a',
  'video/mp4': 'mp4',
  'audio/wav': 'wav',
  'audio/wave': 'wav',
  'audio/x-wav': 'wav',
  'audio/vnd.wave': 'wav',
  'audio/webm': 'webm',
  'video/webm': 'webm',
  'audio/flac': 'flac',
  'audio/x-flac': 'flac',
};

/** 25 MiB at OpenAI, 25 MB on Groq's free tier: the smaller one for both. */
const MAX_AUDIO_BYTES = 25_000_000;

/** `audio/ogg; codecs=opus` is `audio/ogg`. */
function bareType(mimeType: string): string {
  return (mimeType.split(';')[0] ?? '').trim().toLowerCase();
}

/**
 * The name and type to upload a recording under. Services recognise the format by the ending, so it follows the type and
 * never the name a customer gave.
 *
 * @throws AppError PROVIDER_REJECTED for a type or size that no transcription service takes
 */
export function audioUpload(audio: Buffer, mimeType: string): { fileName: string; type: string } {
  const type = bareType(mimeType);
  const extension = EXTENSIONS[type];
  if (extension === undefined) {
    throw new AppError(
      'PROVIDER_REJECTED',
      `${type} cannot be transcribed: convert it to audio/ogg or audio/mpeg first`,
    );
  }
  if (audio.length > MAX_AUDIO_BYTES) {
    throw new AppError('PROVIDER_REJECTED', `audio of ${audio.length} bytes is over the limit of ${MAX_AUDIO_BYTES}`);
  }
  return { fileName: `voice.${extension}`, type };
}
