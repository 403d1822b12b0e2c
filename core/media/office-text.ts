import { AppError } from '../errors';
import { runMediaChild } from './child/run';

const OOXML = 'application/vnd.openxmlformats-officedocument';
const ODF = 'application/vnd.oasis.opendocument';

export type OfficeFormat = 'docx' | 'xlsx' | 'pptx' | 'odf';

/** The types that are read, by how their text is stored. */
const OFFICE_FORMATS: ReadonlyMap<string, OfficeFormat> = new Map([
  [`${OOXML}.wordprocessingml.document`, 'docx'],
  [`${OOXML}.spreadsheetml.sheet`, 'xlsx'],
  [`${OOXML}.presentationml.presentation`, 'pptx'],
  [`${ODF}.text`, 'odf'],
  [`${ODF}.spreadsheet`, 'odf'],
  [`${ODF}.presentation`, 'odf'],
]);

export interface OfficeText {
  /** In order: pages as the writing program broke them, sheets, or slides. */
  pages: string[];
  /** Whether something was left out: more than five million characters, or half a minute was over. */
  truncated: boolean;
}

export function officeFormatOf(mimeType: string): OfficeFormat | null {
  return OFFICE_FORMATS.get(mimeType) ?? null;
}

/**
 * Reads the written text of an Office file in a child process with limits of time and memory: no pictures, no formatting,
 * and dates of a sheet as the numbers that they are stored as.
 *
 * @throws AppError DOCUMENT_ENCRYPTED, MEDIA_CORRUPT (damaged, of another type, or unpacks to too much), MEDIA_EMPTY, TIMEOUT;
 * when `signal` aborts, its reason
 */
export async function extractOfficeText(
  file: Buffer,
  format: OfficeFormat,
  options: { signal?: AbortSignal; timeoutMs: number },
): Promise<OfficeText> {
  if (file.length === 0) throw new AppError('MEDIA_EMPTY', 'The document has no bytes.');
  const answer = await runMediaChild('read-office-text', Buffer.concat([Buffer.from(`${format}\n`), file]), {
    ...options,
    maxHeapMb: 256,
    maxRssMb: 450,
    maxOutputBytes: 32 * 1024 * 1024,
  });
  return JSON.parse(answer.toString('utf8')) as OfficeText;
}
