import { AppError } from '../../errors';
import { MAX_IMAGE_PIXELS } from '../image-limits';

/** Pixels as four bytes each: red, green, blue, alpha. */
export interface RawImage {
  data: Buffer;
  width: number;
  height: number;
}

/** Brands of pictures in HEVC, which libvips comes without for want of a licence. ISO/IEC 23008-12, annex B. */
const HEVC_BRANDS = new Set(['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs']);
const MAX_BRANDS = 32;

/** Whether the file says that it holds pictures in HEVC, as phones of Apple make them. */
export function isHeic(file: Buffer): boolean {
  if (file.toString('latin1', 4, 8) !== 'ftyp') return false;
  const end = Math.min(file.readUInt32BE(0), file.length, 16 + 4 * MAX_BRANDS);
  for (let offset = 8; offset + 4 <= end; offset += offset === 8 ? 8 : 4) {
    if (HEVC_BRANDS.has(file.toString('latin1', offset, offset + 4))) return true;
  }
  return false;
}

/**
 * The main picture, upright, by libheif in WebAssembly.
 *
 * @throws AppError MEDIA_CORRUPT, IMAGE_TOO_MANY_PIXELS
 */
export async function decodeHeic(file: Buffer): Promise<RawImage> {
  // Compiles a megabyte when it is loaded, so only for those who need it.
  const { default: libheif } = await import('libheif-js/wasm-bundle.js');
  const image = new libheif.HeifDecoder().decode(file)[0];
  if (image === undefined) throw corrupt();
  const [width, height] = [image.get_width(), image.get_height()];
  if (width * height > MAX_IMAGE_PIXELS) {
    throw new AppError('IMAGE_TOO_MANY_PIXELS', `The image has ${width} x ${height} pixels.`);
  }
  const data = new Uint8ClampedArray(width * height * 4);
  await new Promise<void>((resolve, reject) => {
    image.display({ data, width, height }, (shown) => (shown ? resolve() : reject(corrupt())));
  });
  return { data: Buffer.from(data.buffer), width, height };
}

function corrupt(): AppError {
  return new AppError(
    'MEDIA_CORRUPT',
    'The HEIC image cannot be decoded. Ask the sender to send it again, or as JPEG.',
  );
}
