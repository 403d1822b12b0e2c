import sharp, { type ResizeOptions, type Sharp } from 'sharp';
import { AppError, errorMessage } from '../../errors';
import { MAX_IMAGE_EDGE_PIXELS, MAX_IMAGE_PIXELS } from '../image-limits';
import { answerParent } from './answer';
import { decodeHeic, isHeic } from './heif';

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
/** Of an animation: enough to see what moves, side by side in one picture, which is billed as one. */
const FRAMES_SHOWN = 4;
const COLUMNS = 2;
/** What may be decoded of an animation: its frames up to these many pixels, so that a thousand huge ones end in time. */
const MAX_ANIMATION_PIXELS = 4 * MAX_IMAGE_PIXELS;

/** Upright, at most MAX_IMAGE_EDGE_PIXELS long; PNG when it is see-through, else JPEG. Of an animation a sheet of frames. */
async function convert(input: Buffer): Promise<Buffer> {
  try {
    const { image, frames } = isHeic(input) ? await fromHeic(input) : await fromFormat(input);
    return Buffer.concat([Buffer.from(`${JSON.stringify({ frames })}\n`), image]);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw refusalFor(errorMessage(error), error);
  }
}

interface Converted {
  image: Buffer;
  frames: number;
}

async function fromHeic(input: Buffer): Promise<Converted> {
  const { data, width, height } = await decodeHeic(input);
  // Photos: their alpha says nothing.
  return still(sharp(data, { raw: { width, height, channels: 4 } }).removeAlpha(), false);
}

async function fromFormat(input: Buffer): Promise<Converted> {
  const image = open(input, 0);
  const { width, height, hasAlpha, pages = 1 } = await image.metadata();
  if (width * height > MAX_IMAGE_PIXELS) {
    throw new AppError('IMAGE_TOO_MANY_PIXELS', `The image has ${width} x ${height} pixels.`);
  }
  const decodable = Math.min(pages, Math.max(1, Math.floor(MAX_ANIMATION_PIXELS / (width * height))));
  return decodable === 1 ? still(image.autoOrient(), hasAlpha) : sheet(input, decodable);
}

function open(input: Buffer, page: number): Sharp {
  return sharp(input, { limitInputPixels: MAX_IMAGE_PIXELS, failOn: 'truncated', pages: 1, page });
}

async function still(image: Sharp, hasAlpha: boolean): Promise<Converted> {
  const fitted = image.resize(within(MAX_IMAGE_EDGE_PIXELS));
  return { image: await encoded(fitted, hasAlpha), frames: 1 };
}

/** Frames from the middle of equal parts, left to right and top to bottom. */
async function sheet(input: Buffer, pages: number): Promise<Converted> {
  const count = Math.min(pages, FRAMES_SHOWN);
  const edge = Math.floor(MAX_IMAGE_EDGE_PIXELS / COLUMNS);
  const tiles: { data: Buffer; info: { width: number; height: number; channels: 1 | 2 | 3 | 4 } }[] = [];
  for (let index = 0; index < count; index++) {
    const page = Math.floor(((index + 0.5) * pages) / count);
    const tile = open(input, page).resize(within(edge)).ensureAlpha().raw();
    tiles.push(await tile.toBuffer({ resolveWithObject: true }));
  }
  const { width, height } = tiles[0]?.info ?? { width: 1, height: 1 };
  const board = sharp({
    create: {
      width: width * Math.min(count, COLUMNS),
      height: height * Math.ceil(count / COLUMNS),
      channels: 4,
      background: { r: 255, g: 255, b: 255, alpha: 1 },
    },
  });
  const placed = tiles.map(({ data, info }, index) => ({
    input: data,
    raw: info,
    left: width * (index % COLUMNS),
    top: height * Math.floor(index / COLUMNS),
  }));
  return { image: await encoded(board.composite(placed), false), frames: count };
}

function within(edge: number): ResizeOptions {
  return { width: edge, height: edge, fit: 'inside', withoutEnlargement: true };
}

function encoded(image: Sharp, hasAlpha: boolean): Promise<Buffer> {
  return (hasAlpha ? image.png() : image.jpeg({ quality: JPEG_QUALITY })).toBuffer();
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
