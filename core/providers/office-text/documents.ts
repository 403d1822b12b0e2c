import { AppError, isAppError } from '../../errors';
import { extractOfficeText, officeFormatOf, type OfficeText } from '../../media/office-text';
import type { DocumentProvider } from '../ports';

const OFFICE_TEXT = 'office_text';
const MODEL = 'office-xml';
/** The reader ends by itself after half a minute; a part that takes longer than this was made to. */
const LONGEST_READING_MS = 60_000;

/**
 * The written text of an Office file (docx, xlsx, pptx, odt, ods, odp), read on this machine, free and without a key: nothing that
 * stands in its pictures.
 *
 * `parse` throws AppError PROVIDER_REJECTED for other files, for one without any text and for one that takes a minute,
 * DOCUMENT_ENCRYPTED, MEDIA_CORRUPT, MEDIA_EMPTY.
 */
export function createOfficeTextDocuments(): DocumentProvider {
  return {
    name: OFFICE_TEXT,
    model: MODEL,
    async parse({ file, mimeType, maxPages = Infinity }, { signal, timeoutMs }) {
      const format = officeFormatOf(mimeType);
      if (format === null) {
        throw new AppError(
          'PROVIDER_REJECTED',
          `${OFFICE_TEXT} reads docx, xlsx, pptx, odt, ods and odp, not ${mimeType}`,
        );
      }
      const { pages } = await extractOfficeText(file, format, {
        signal,
        timeoutMs: Math.min(timeoutMs, LONGEST_READING_MS),
      }).catch((error: unknown): OfficeText => {
        // Another provider may do better; trying this again would not.
        throw isAppError(error, 'TIMEOUT') ? new AppError('PROVIDER_REJECTED', error.message) : error;
      });
      const readable = pages
        .map((text, index) => ({ page: index + 1, text }))
        .filter(({ page, text }) => text !== '' && page <= maxPages);
      if (readable.length === 0) {
        throw new AppError(
          'PROVIDER_REJECTED',
          'The document holds no written text: a provider with OCR has to read it',
        );
      }
      return { pages: readable, failedPages: [], model: MODEL, usage: { pages: readable.length } };
    },
  };
}
