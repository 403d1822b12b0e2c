import { AppError } from '../errors';
import { assertNotCutShort } from './integrity';
import { canonicalMimeType, declaredType, isSameContainer, kindOf, typeByFileName, type MediaKind } from './mime';

export type { MediaKind } from './mime';

export interface IdentifiedMedia {
  /** Canonical, without parameters, and true of the content. */
  mimeType: string;
  kind: MediaKind;
}

/** Enough to tell text from binary; the whole file is checked when it is smaller. */
const TEXT_SAMPLE_BYTES = 256 * 1024;

/** file-type is published as an ES module only. Imported once; the promise is what is kept. */
const fileType = import('file-type');

/**
 * Says what a file is from its content. What the sender declared is only believed where the content cannot tell (sound or
 * pictures inside one container, csv or plain text); within one kind the content wins over the declaration.
 *
 * @throws AppError MEDIA_EMPTY; MEDIA_TYPE_MISMATCH when the content is of another kind than declared; MEDIA_CORRUPT when
 * the file is cut short or its header is unreadable
 */
export async function identifyMedia(
  bytes: Buffer,
  declaredMimeType: string | null,
  fileName: string | null,
): Promise<IdentifiedMedia> {
  if (bytes.length === 0) throw new AppError('MEDIA_EMPTY', 'The file has no bytes. Ask the sender to send it again.');
  const declared = declaredType(declaredMimeType);
  const found = await typeOfContent(bytes, declared ?? typeByFileName(fileName));

  if (found === null) return unidentified(declared, fileName);
  const mimeType = declared !== null && isSameContainer(found, declared) ? declared : found;
  const kind = kindOf(mimeType);
  refuseMismatch({ mimeType, kind }, declared ?? (kind === 'unsupported' ? typeByFileName(fileName) : null));
  assertNotCutShort(bytes, mimeType);
  return { mimeType: mimeType === 'application/ogg' ? 'audio/ogg' : mimeType, kind };
}

function unidentified(declared: string | null, fileName: string | null): IdentifiedMedia {
  const expected = declared ?? typeByFileName(fileName);
  if (expected !== null && kindOf(expected) !== 'unsupported') {
    throw new AppError('MEDIA_CORRUPT', `The file is not readable as ${expected}. Ask the sender to send it again.`);
  }
  return { mimeType: declared ?? 'application/octet-stream', kind: 'unsupported' };
}

function refuseMismatch(found: IdentifiedMedia, expected: string | null): void {
  if (expected === null) return;
  const expectedKind = kindOf(expected);
  // Spreadsheet programs declare csv as Excel, and many call any text a document: text is harmless and readable.
  const isReadableAnyway = found.kind === 'text' && expectedKind === 'document' && expected !== 'application/pdf';
  if (expectedKind === 'unsupported' || expectedKind === found.kind || isReadableAnyway) return;
  throw new AppError(
    'MEDIA_TYPE_MISMATCH',
    `The file was declared as ${expected} but holds ${found.mimeType}. Send it under its own type, or under none.`,
    { details: { declared: expected, found: found.mimeType } },
  );
}

/** The canonical type of the content, null when it is neither a known format nor text. */
async function typeOfContent(bytes: Buffer, hint: string | null): Promise<string | null> {
  const { fileTypeFromBuffer } = await fileType;
  const detected = await fileTypeFromBuffer(bytes);
  if (detected === undefined) return textType(bytes, hint);

  const found = canonicalMimeType(detected.mime);
  // Formats that are text themselves; the hint may be more exact (svg, vcard).
  if (kindOf(found) === 'text' || found === 'application/xml') return textType(bytes, hint) ?? found;
  // The old Office formats share one wrapper, and some writers order a new one's zip so that it looks like any other.
  if (found === 'application/x-cfb') return hint !== null && LEGACY_OFFICE.has(hint) ? hint : found;
  if (found === 'application/zip') return officeTypeInZip(bytes) ?? found;
  return found;
}

const LEGACY_OFFICE = new Set(['application/msword', 'application/vnd.ms-excel', 'application/vnd.ms-powerpoint']);

function officeTypeInZip(bytes: Buffer): string | null {
  if (!bytes.includes('[Content_Types].xml')) return null;
  if (bytes.includes('word/document.xml')) return typeByFileName('x.docx');
  if (bytes.includes('xl/workbook.xml')) return typeByFileName('x.xlsx');
  return bytes.includes('ppt/presentation.xml') ? typeByFileName('x.pptx') : null;
}

function textType(bytes: Buffer, hint: string | null): string | null {
  const text = asText(bytes.subarray(0, TEXT_SAMPLE_BYTES), bytes.length > TEXT_SAMPLE_BYTES);
  if (text === null) return null;
  if (/^\s*(?:<\?xml[^>]*>\s*)?(?:<!--[\s\S]{0,1000}?-->\s*)?(?:<!DOCTYPE svg[^>]*>\s*)?<svg[\s>]/i.test(text))
    return 'image/svg+xml';
  if (/^\s*(?:<!doctype html|<html[\s>])/i.test(text)) return 'text/html';
  if (hint !== null && kindOf(hint) === 'text') return hint;
  return looksLikeCsv(text) ? 'text/csv' : 'text/plain';
}

/** The text of a file, or of its beginning (`isCut`), as `identifyMedia` tells text; null when it is none. */
export function decodeText(bytes: Buffer, { isCut = false } = {}): string | null {
  return asText(bytes, isCut);
}

/** The text when the bytes are UTF-8 (or UTF-16 with its mark) without control characters, else null. */
function asText(sample: Buffer, isCut: boolean): string | null {
  const isUtf16 = sample.length >= 2 && sample.readUInt16BE(0) === 0xfffe;
  const decoder = new TextDecoder(isUtf16 ? 'utf-16le' : 'utf-8', { fatal: true });
  let text: string;
  try {
    // A sample may end in the middle of a character, which streaming decoding does not mind.
    text = decoder.decode(sample, { stream: isCut });
  } catch (error) {
    if (error instanceof TypeError) return asWindows1252(sample);
    throw error;
  }
  return hasControlCharacters(text) ? null : text;
}

/** What Windows-1252 has where Latin-1 has controls (0x80 to 0x9f); NUL where it has nothing. */
const WINDOWS_1252 = '€\0‚ƒ„…†‡ˆ‰Š‹Œ\0Ž\0\0‘’“”•–—˜™š›œ\0žŸ';

/**
 * Exports of older Brazilian programs are Windows-1252: mostly ASCII, some accented letters, no controls. Written out
 * because the TextDecoder of Node 20 takes it for Latin-1.
 */
function asWindows1252(sample: Buffer): string | null {
  const latin1 = sample.toString('latin1');
  const text = latin1.replace(/[\u0080-\u009f]/g, (sign) => WINDOWS_1252.charAt(sign.charCodeAt(0) - 0x80));
  const others = text.match(/[^\u0000-\u007f]/g)?.length ?? 0;
  return !hasControlCharacters(text) && others < text.length * 0.2 ? text : null;
}

function hasControlCharacters(text: string): boolean {
  return /[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/.test(text);
}

function looksLikeCsv(text: string): boolean {
  const lines = text.split(/\r?\n/, 6).slice(0, 5).filter(Boolean);
  if (lines.length < 2) return false;
  return [';', ',', '\t'].some((separator) => {
    const columns = lines.map((line) => line.split(separator).length);
    return columns.every((count) => count > 1 && count === columns[0]);
  });
}
