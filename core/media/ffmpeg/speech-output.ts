/** What speech models resample to anyway, in a codec that both old and new ffmpeg builds have. */
export const SPEECH_MIME_TYPE = 'audio/mpeg' as const;

/** One hour at 48 kbit/s is 22 MB: under the 25 MB that speech providers take. */
const MAX_SPEECH_BYTES = 24_000_000;
const MAX_SPEECH_SECONDS = 3600;

export const SPEECH_OUTPUT = [
  ...['-map', '0:a:0', '-vn', '-ac', '1', '-ar', '16000', '-c:a', 'libmp3lame', '-b:a', '48k', '-threads', '2'],
  ...['-t', String(MAX_SPEECH_SECONDS), '-fs', String(MAX_SPEECH_BYTES)],
];
