import { AppError } from '../errors';

export interface ImageHeader {
  mimeType: 'image/jpeg' | 'image/png' | 'image/webp';
  width: number;
  height: number;
  isAnimated: boolean;
  /** Whether the file goes on to its own end mark, or was cut short. */
  isComplete: boolean;
}

const PNG_SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
const JPEG_END = Buffer.from('ffd9', 'hex');

/**
 * Reads size and completeness from the header of a JPEG, PNG or WebP without decoding a pixel and without native code:
 * this runs in the worker's own process on bytes from strangers. Null for any other format.
 *
 * @throws AppError MEDIA_CORRUPT when the header itself is damaged or cut short
 */
export function readImageHeader(bytes: Buffer): ImageHeader | null {
  try {
    if (bytes.subarray(0, 8).equals(PNG_SIGNATURE)) return readPng(bytes);
    if (bytes.length >= 3 && bytes.readUIntBE(0, 3) === 0xffd8ff) return readJpeg(bytes);
    if (bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP') return readWebp(bytes);
    return null;
  } catch (error) {
    // Buffer reads past the end: the header promises more than there is.
    if (error instanceof RangeError) throw damaged();
    throw error;
  }
}

function damaged(): AppError {
  return new AppError(
    'MEDIA_CORRUPT',
    'The header of the image is damaged or cut short. Ask the sender to send it again.',
  );
}

function readPng(bytes: Buffer): ImageHeader {
  if (bytes.toString('latin1', 12, 16) !== 'IHDR') throw damaged();
  return {
    mimeType: 'image/png',
    width: bytes.readUInt32BE(16),
    height: bytes.readUInt32BE(20),
    isAnimated: bytes.subarray(0, 4096).includes('acTL'),
    isComplete: bytes.lastIndexOf('IEND') > 32,
  };
}

/** Photos have some twenty segments; a header of more fill bytes and markers was made to keep us busy. */
const MAX_JPEG_STEPS = 10_000;

/** Markers up to the start of scan: the frame header (SOF) holds the size. Layout: ITU T.81, annex B. */
function readJpeg(bytes: Buffer): ImageHeader {
  let size: { width: number; height: number } | null = null;
  let offset = 2;
  for (let steps = 0; ; steps++) {
    if (steps === MAX_JPEG_STEPS) throw damaged();
    if (bytes.readUInt8(offset) !== 0xff) throw damaged();
    const marker = bytes.readUInt8(offset + 1);
    if (marker === 0xff) {
      offset += 1; // fill byte
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) size = { height: bytes.readUInt16BE(offset + 5), width: bytes.readUInt16BE(offset + 7) };
    if (marker === 0xda) break;
    const isBare = marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
    offset += 2 + (isBare ? 0 : bytes.readUInt16BE(offset + 2));
  }
  if (size === null) throw damaged();
  // A thumbnail in the header has an end mark of its own, so only one behind the start of scan counts.
  return { mimeType: 'image/jpeg', ...size, isAnimated: false, isComplete: bytes.lastIndexOf(JPEG_END) > offset };
}

/** The three kinds of first chunk. Layout: RFC 9649. */
function readWebp(bytes: Buffer): ImageHeader {
  const common = { mimeType: 'image/webp' as const, isComplete: bytes.length >= bytes.readUInt32LE(4) + 8 };
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8X':
      return {
        ...common,
        width: bytes.readUIntLE(24, 3) + 1,
        height: bytes.readUIntLE(27, 3) + 1,
        isAnimated: (bytes.readUInt8(20) & 0x02) !== 0,
      };
    case 'VP8 ':
      return {
        ...common,
        width: bytes.readUInt16LE(26) & 0x3fff,
        height: bytes.readUInt16LE(28) & 0x3fff,
        isAnimated: false,
      };
    case 'VP8L': {
      const bits = bytes.readUInt32LE(21);
      return { ...common, width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1, isAnimated: false };
    }
    default:
      throw damaged();
  }
}
