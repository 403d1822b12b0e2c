import { AppError, isAppError } from '../../errors';
import { extractPdfText, type PdfText } from '../../media/pdf-text';
import type { DocumentPage, DocumentProvider } from '../ports';

const PDF_TEXT = 'pdf_text';
const MODEL = 'pdf-text-layer';
/** The reader ends by itself after half a minute; one page that takes longer than this was made to. */
const LONGEST_READING_MS = 60_000;

/** Pages that hold no text (a scan among written pages) or were left out because the document is very long. */
function unreadPages(read: readonly DocumentPage[], pageCount: number): number[] {
  const withText = new Set(read.map(({ page }) => page));
  return Array.from({ length: pageCount }, (_, index) => index + 1).filter((page) => !withText.has(page));
}

/**
 * The text layer of a PDF, read on this machine, free and without a key. Not OCR.
 *
 * `parse` throws AppError PROVIDER_REJECTED for other files, for a PDF without any text layer and for one that takes
 * a minute, DOCUMENT_ENCRYPTED,
 * MEDIA_CORRUPT, MEDIA_EMPTY.
 */
export function createPdfTextDocuments(): DocumentProvider {
  return {
    name: PDF_TEXT,
    model: MODEL,
    async parse({ file, mimeType }, { signal, timeoutMs }) {
      if (mimeType !== 'application/pdf') {
        throw new AppError(
          'PROVIDER_REJECTED',
          `${PDF_TEXT} reads only application/pdf, not ${mimeType}: Office files are read by llamaparse (LLAMA_CLOUD_API_KEY) or office_text`,
        );
      }
      const { pages, pageCount } = await extractPdfText(file, {
        signal,
        timeoutMs: Math.min(timeoutMs, LONGEST_READING_MS),
      }).catch((error: unknown): PdfText => {
        // Another provider may do better; trying this again would not.
        throw isAppError(error, 'TIMEOUT') ? new AppError('PROVIDER_REJECTED', error.message) : error;
      });
      const readable = pages.filter(({ text }) => text.trim() !== '');
      if (readable.length === 0) {
        throw new AppError(
          'PROVIDER_REJECTED',
          'The document has no text layer, so it is probably a scan: a provider with OCR has to read it',
        );
      }
      return {
        pages: readable,
        failedPages: unreadPages(readable, pageCount),
        model: MODEL,
        usage: { pages: readable.length },
      };
    },
  };
}
