import { AppError, isAppError } from '../errors';
import { runMediaChild } from './child/run';
import { readImageHeader } from './image-header';
import { MAX_IMAGE_EDGE_PIXELS, MAX_IMAGE_PIXELS } from './image-limits';

export interface PreparedImage {
  bytes: Buffer;
  mimeType: 'image/jpeg' | 'image/png' | 'image/webp';
  width: number;
  height: number;
  /** More than 1: a sheet of so many frames of an animation, left to right and top to bottom. */
  frames: number;
}

const CONVERSION_TIMEOUT_MS = 20_000;

/**
 * Makes an image fit for a vision model: JPEG, PNG or still WebP of at most 2048 pixels on its longer side. What is fit
 * already passes through as the same buffer; the rest (larger, GIF, AVIF, HEIC) is converted in a child process, and an
 * animation becomes one sheet of up to four of its frames.
 * Size is read from the header first, so an image of too many pixels is refused without decoding one.
 *
 * @throws AppError IMAGE_TOO_MANY_PIXELS, MEDIA_CORRUPT (damaged, or 20 s do not suffice), MEDIA_UNSUPPORTED
 */
export async function prepareImage(bytes: Buffer, options: { signal?: AbortSignal } = {}): Promise<PreparedImage> {
  const header = readImageHeader(bytes);
  if (header !== null) {
    const { mimeType, width, height } = header;
    if (width * height > MAX_IMAGE_PIXELS) {
      throw new AppError(
        'IMAGE_TOO_MANY_PIXELS',
        `The image has ${width} x ${height} pixels; at most ${MAX_IMAGE_PIXELS / 1e6} megapixels are read.`,
        { details: { width, height } },
      );
    }
    if (width === 0 || height === 0 || !header.isComplete) {
      throw new AppError('MEDIA_CORRUPT', 'The image was cut short. Ask the sender to send it again.');
    }
    const isFit = Math.max(width, height) <= MAX_IMAGE_EDGE_PIXELS && !header.isAnimated;
    if (isFit) return { bytes, mimeType, width, height, frames: 1 };
  }
  const answer = await convert(bytes, options.signal);
  // One line of JSON before the image.
  const lineEnd = answer.indexOf('\n');
  const { frames } = JSON.parse(answer.toString('utf8', 0, lineEnd)) as { frames: number };
  const converted = answer.subarray(lineEnd + 1);
  const result = readImageHeader(converted);
  if (result === null)
    throw new AppError('INTERNAL_ERROR', 'The image converter answered with something that is no image.');
  return { bytes: converted, mimeType: result.mimeType, width: result.width, height: result.height, frames };
}

async function convert(bytes: Buffer, signal: AbortSignal | undefined): Promise<Buffer> {
  const conversion = runMediaChild('convert-image', bytes, {
    timeoutMs: CONVERSION_TIMEOUT_MS,
    signal,
    maxHeapMb: 128,
    // 50 megapixels of RGBA in the worst case (interlaced PNG) are 200 MB, twice while they are turned upright.
    maxRssMb: 512,
    maxOutputBytes: 32 * 1024 * 1024,
  });
  try {
    return await conversion;
  } catch (error) {
    if (!isAppError(error, 'TIMEOUT')) throw error;
    // An honest picture takes a second or two: one that does not end would not end the next time either.
    throw new AppError('MEDIA_CORRUPT', `The image takes longer than ${CONVERSION_TIMEOUT_MS} ms to decode.`);
  }
}
