import { unzipSync } from 'fflate';
import { AppError } from '../../errors';

/** A book of a thousand pages has 10 MB of XML; a million cells have 60. */
const MAX_PART_BYTES = 64 * 1024 * 1024;
const MAX_BYTES = 96 * 1024 * 1024;
const MAX_PARTS = 5_000;

/** Where Office files keep what was written, and what says in which order. */
const WANTED =
  /^(?:word\/(?:document|footnotes|endnotes)\.xml|xl\/(?:workbook|sharedStrings)\.xml|xl\/_rels\/workbook\.xml\.rels|xl\/worksheets\/[^/]+\.xml|ppt\/slides\/[^/]+\.xml|content\.xml|META-INF\/manifest\.xml)$/;

/** Of a file that is not the zip it should be: the wrapper in which Office keeps what a password locks. */
const COMPOUND_FILE = Buffer.from('d0cf11e0a1b11ae1', 'hex');
const LOCKED_PART = Buffer.from('EncryptedPackage', 'utf16le');

export type OfficeParts = ReadonlyMap<string, string>;

/**
 * The parts of an Office file that hold its text. What a part says of its size bounds what is unpacked of it, so that a bomb
 * is refused before it is unpacked, or cut at the size that it claims.
 *
 * @throws AppError DOCUMENT_ENCRYPTED, MEDIA_CORRUPT
 */
export function unpackOffice(file: Buffer): OfficeParts {
  refuseLocked(file);
  let bytes = 0;
  let parts = 0;
  const unpacked = unzip(file, ({ name, originalSize }) => {
    if (!WANTED.test(name)) return false;
    bytes += originalSize;
    parts++;
    if (originalSize > MAX_PART_BYTES || bytes > MAX_BYTES || parts > MAX_PARTS) {
      throw new AppError('MEDIA_CORRUPT', 'The document unpacks to more than may be kept in memory. It was not read.');
    }
    return true;
  });
  const texts = new Map(Object.entries(unpacked).map(([name, part]) => [name, new TextDecoder().decode(part)]));
  if (/encryption-data/.test(texts.get('META-INF/manifest.xml') ?? '')) throw locked();
  return texts;
}

function unzip(file: Buffer, filter: (part: { name: string; originalSize: number }) => boolean) {
  try {
    return unzipSync(file, { filter });
  } catch (error) {
    // The library throws plain errors with a number.
    if (error instanceof Error && 'code' in error && typeof error.code === 'number') {
      throw new AppError('MEDIA_CORRUPT', 'The document is damaged or cut short: it cannot be unpacked.', {
        cause: error,
      });
    }
    throw error;
  }
}

function refuseLocked(file: Buffer): void {
  const isCompound = file.subarray(0, COMPOUND_FILE.length).equals(COMPOUND_FILE);
  if (isCompound && file.includes(LOCKED_PART)) throw locked();
  // The first bit of the flags of its first part.
  const isZip = file.subarray(0, 2).toString('latin1') === 'PK' && file.length > 8;
  if (isZip && ((file[6] ?? 0) & 1) === 1) throw locked();
}

function locked(): AppError {
  return new AppError('DOCUMENT_ENCRYPTED', 'The document is protected by a password. Ask for a copy without one.');
}
