import sharp from 'sharp';
import { AppError, errorMessage } from '../../errors';
import { MAX_IMAGE_EDGE_PIXELS, MAX_IMAGE_PIXELS } from '../image-limits';
import { answerParent } from './answer';

// Only the decoders of formats that people send; every other one of libvips is code a stranger could reach for nothing.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: [
    'VipsForeignLoadJpegBuffer',
    'VipsForeignLoadPngBuffer',
    'VipsForeignLoadWebpBuffer',
    'VipsForeignLoadNsgifBuffer',
    'VipsForeignLoadHeifBuffer',
  ],
});
sharp.concurrency(1);
sharp.cache(false);

const JPEG_QUALITY = 85;

/** First frame, upright, at most MAX_IMAGE_EDGE_PIXELS long; PNG when it is see-through, else JPEG. */
async function convert(input: Buffer): Promise<Buffer> {
  const image = sharp(input, { limitInputPixels: MAX_IMAGE_PIXELS, failOn: 'truncated', pages: 1 });
  try {
    const { width, height, hasAlpha } = await image.metadata();
    if (width * height > MAX_IMAGE_PIXELS) {
      throw new AppError('IMAGE_TOO_MANY_PIXELS', `The image has ${width} x ${height} pixels.`);
    }
    const fitted = image.autoOrient().resize({
      width: MAX_IMAGE_EDGE_PIXELS,
      height: MAX_IMAGE_EDGE_PIXELS,
      fit: 'inside',
      withoutEnlargement: true,
    });
    return await (hasAlpha ? fitted.png() : fitted.jpeg({ quality: JPEG_QUALITY })).toBuffer();
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw refusalFor(errorMessage(error), error);
  }
}

/** sharp has no error codes: these are its own sentences (0.35). */
function refusalFor(reason: string, cause: unknown): AppError {
  if (/exceeds pixel limit/i.test(reason)) {
    return new AppError('IMAGE_TOO_MANY_PIXELS', 'The image has more pixels than can be read.', { cause });
  }
  if (/unsupported image format|compression format has not been built in|operation is blocked/i.test(reason)) {
    return new AppError('MEDIA_UNSUPPORTED', 'This image format cannot be read. Send it as JPEG, PNG or WebP.', {
      cause,
    });
  }
  return new AppError('MEDIA_CORRUPT', `The image cannot be decoded: ${reason.split('\n')[0]}.`, { cause });
}

void answerParent(convert);
