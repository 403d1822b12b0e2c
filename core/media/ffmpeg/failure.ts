import { AppError } from '../../errors';
import { FfmpegFailure, type FfmpegLimits } from './run';

/** What a failed run means to the caller; errors of others pass through. */
export function failureOf(error: unknown, limits: FfmpegLimits): unknown {
  if (!(error instanceof FfmpegFailure)) return error;
  switch (error.why) {
    case 'abort':
      return limits.signal.reason;
    case 'timeout':
      return new AppError('TIMEOUT', `ffmpeg took longer than ${limits.timeoutMs} ms and was stopped.`, {
        cause: error,
      });
    case 'exit':
      return new AppError('MEDIA_CORRUPT', 'The file cannot be decoded. Ask the sender to send it again.', {
        cause: error,
        details: { ffmpeg: error.stderr.slice(-5) },
      });
  }
}
