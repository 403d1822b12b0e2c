import { getDocumentProxy } from 'unpdf';
import { AppError, errorMessage } from '../../errors';
import type { PdfText } from '../pdf-text';
import { answerParent } from './answer';

const MAX_PAGES = 500;
/** A page of dense print has about 5,000 characters. */
const MAX_CHARS = 5_000_000;
/** Five hundred pages take two seconds; what takes longer is given as far as it was read. */
const MAX_READING_MS = 30_000;

async function readText(file: Buffer): Promise<Buffer> {
  const document = await open(file);
  const lastPage = Math.min(document.numPages, MAX_PAGES);
  const pages: PdfText['pages'] = [];
  let chars = 0;
  const deadlineMs = Date.now() + MAX_READING_MS;
  for (let page = 1; page <= lastPage && chars < MAX_CHARS && Date.now() < deadlineMs; page++) {
    const text = await pageText(document, page);
    chars += text.length;
    pages.push({ page, text });
  }
  const result: PdfText = { pages, pageCount: document.numPages, truncated: pages.length < document.numPages };
  return Buffer.from(JSON.stringify(result));
}

type PdfDocument = Awaited<ReturnType<typeof getDocumentProxy>>;

async function open(file: Buffer): Promise<PdfDocument> {
  try {
    return await getDocumentProxy(new Uint8Array(file), {
      isEvalSupported: false,
      disableFontFace: true,
      useSystemFonts: false,
      stopAtErrors: false,
      verbosity: 0,
    });
  } catch (error) {
    throw refusalFor(error);
  }
}

async function pageText(document: PdfDocument, pageNumber: number): Promise<string> {
  try {
    const page = await document.getPage(pageNumber);
    const content = await page.getTextContent();
    page.cleanup();
    return content.items
      .map((item) => ('str' in item ? item.str + (item.hasEOL ? '\n' : '') : ''))
      .join('')
      .trim();
  } catch (error) {
    throw refusalFor(error);
  }
}

/** pdf.js names its errors but does not export their classes. */
function refusalFor(error: unknown): AppError {
  const name = error instanceof Error ? error.name : '';
  if (name === 'PasswordException') {
    return new AppError('DOCUMENT_ENCRYPTED', 'The document is protected by a password. Ask for a copy without one.');
  }
  return new AppError('MEDIA_CORRUPT', `The document cannot be read: ${errorMessage(error).split('\n')[0]}.`);
}

void answerParent(readText);
