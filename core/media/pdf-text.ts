import { AppError } from '../errors';
import { runMediaChild } from './child/run';

export interface PdfText {
  /** In order, numbered from 1. A page without a text layer (a scan) has the text ''. */
  pages: { page: number; text: string }[];
  /** How many pages the document has. */
  pageCount: number;
  /** Whether pages were left out: more than 500, more than 5 million characters, or half a minute was over. */
  truncated: boolean;
}

/**
 * Reads the text layer of a PDF in a child process with limits of time and memory. Not OCR.
 *
 * @throws AppError DOCUMENT_ENCRYPTED, MEDIA_CORRUPT (damaged, or needs too much memory), TIMEOUT; when `signal` aborts,
 * its reason
 */
export async function extractPdfText(
  file: Buffer,
  options: { signal?: AbortSignal; timeoutMs: number },
): Promise<PdfText> {
  if (file.length === 0) throw new AppError('MEDIA_EMPTY', 'The document has no bytes.');
  const answer = await runMediaChild('read-pdf-text', file, {
    ...options,
    maxHeapMb: 256,
    maxRssMb: 450,
    maxOutputBytes: 32 * 1024 * 1024,
  });
  return JSON.parse(answer.toString('utf8')) as PdfText;
}
