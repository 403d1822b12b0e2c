import { AppError } from '../errors';
import { readImageHeader } from './image-header';

/**
 * Refuses files that can be seen to be cut short without decoding them: images, Ogg and the MP4 family. Other formats
 * show it only when they are decoded.
 *
 * @throws AppError MEDIA_CORRUPT
 */
export function assertNotCutShort(bytes: Buffer, mimeType: string): void {
  const isWhole = mimeType.startsWith('image/')
    ? (readImageHeader(bytes)?.isComplete ?? true)
    : mimeType.endsWith('/ogg')
      ? isWholeOgg(bytes)
      : isWholeMp4(bytes, mimeType);
  if (!isWhole) {
    throw new AppError('MEDIA_CORRUPT', `The ${mimeType} file was cut short. Ask the sender to send it again.`);
  }
}

const OGG_PAGE_HEADER_BYTES = 27;
const OGG_PAGE_MARK = 0x4f676753; // "OggS"
/** Two hours of voice at one page per 20 ms. A file of more pages was made to keep us busy. */
const MAX_OGG_PAGES = 400_000;

/** Walks the pages: the last one must be all there. Layout: RFC 3533, section 6. */
function isWholeOgg(bytes: Buffer): boolean {
  let offset = 0;
  let pages = 0;
  while (offset + 4 <= bytes.length && bytes.readUInt32BE(offset) === OGG_PAGE_MARK) {
    if (offset + OGG_PAGE_HEADER_BYTES > bytes.length || pages === MAX_OGG_PAGES) return false;
    const tableStart = offset + OGG_PAGE_HEADER_BYTES;
    const tableEnd = tableStart + bytes.readUInt8(offset + 26);
    if (tableEnd > bytes.length) return false;
    offset = tableEnd;
    for (let segment = tableStart; segment < tableEnd; segment++) offset += bytes.readUInt8(segment);
    pages += 1;
  }
  // Pages hold headers first, so a file of one page has no sound. Bytes that are no page at the end are tolerated.
  return pages >= 2 && offset <= bytes.length;
}

const MP4_TYPES = new Set([
  'audio/mp4',
  'video/mp4',
  'video/quicktime',
  'audio/3gpp',
  'video/3gpp',
  'audio/3gpp2',
  'video/3gpp2',
]);

/** Fragmented recordings have two boxes a second or so; more were made to keep us busy. */
const MAX_MP4_BOXES = 40_000;

/**
 * Walks the top-level boxes: without `moov` nothing can be decoded, and no box may promise more bytes than there are
 * (which is also how a small file claims to hold gigabytes). Layout: ISO/IEC 14496-12, section 4.2.
 */
function isWholeMp4(bytes: Buffer, mimeType: string): boolean {
  if (!MP4_TYPES.has(mimeType) || bytes.toString('latin1', 4, 8) !== 'ftyp') return true;
  let offset = 0;
  let hasIndex = false;
  for (let boxes = 0; offset + 8 <= bytes.length; boxes++) {
    if (boxes === MAX_MP4_BOXES) return false;
    const type = bytes.toString('latin1', offset + 4, offset + 8);
    let sizeBytes = bytes.readUInt32BE(offset);
    if (sizeBytes === 1) {
      if (offset + 16 > bytes.length) return false;
      sizeBytes = Number(bytes.readBigUInt64BE(offset + 8));
    } else if (sizeBytes === 0) {
      sizeBytes = bytes.length - offset; // up to the end of the file
    }
    if (!/^[\x20-\x7e\xa9]{4}$/.test(type) || sizeBytes < 8) break; // not a box: trailing bytes
    if (offset + sizeBytes > bytes.length) return false;
    hasIndex ||= type === 'moov';
    offset += sizeBytes;
  }
  return hasIndex;
}
