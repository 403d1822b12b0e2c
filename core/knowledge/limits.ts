import { AppError } from '../errors';
import { countMostPdfPages } from '../media/pdf-pages';
import type { IdentifiedMedia } from '../media/sniff';

/** A manual has some hundred pages. More than these are a library: its parts are found better as documents of their own. */
export const MAX_PAGES = 500;
/** 500 full pages. */
export const MAX_CHARACTERS = 2_000_000;
/** What so many characters are at most, cut into passages of 512 tokens. */
export const MAX_PASSAGES = 2_000;

/**
 * Refuses, before anybody is paid to read it, what cannot be a document of the knowledge base. The pages of a PDF are counted
 * from above: one that was changed many times may count more than it shows.
 *
 * @throws AppError MEDIA_UNSUPPORTED, DOCUMENT_TOO_LONG
 */
export async function assertFits(file: Buffer, { kind, mimeType }: IdentifiedMedia): Promise<void> {
  if (kind !== 'text' && kind !== 'document') {
    throw new AppError('MEDIA_UNSUPPORTED', `A document is text, PDF or an Office file, not ${mimeType}`);
  }
  // A character has at most four bytes.
  if (kind === 'text' && file.length > MAX_CHARACTERS * 4) throw tooManyCharacters();
  if (mimeType !== 'application/pdf') return;
  const pages = await countMostPdfPages(file);
  if (pages !== null) assertPages(pages);
}

/** @throws AppError DOCUMENT_TOO_LONG */
export function assertPages(pages: number): void {
  if (pages <= MAX_PAGES) return;
  throw new AppError('DOCUMENT_TOO_LONG', `The document has ${pages} pages; send it in parts of up to ${MAX_PAGES}`, {
    details: { pages, maxPages: MAX_PAGES },
  });
}

/** @throws AppError DOCUMENT_TOO_LONG */
export function assertCharacters(text: string): void {
  if (text.length > MAX_CHARACTERS) throw tooManyCharacters();
}

function tooManyCharacters(): AppError {
  return new AppError('DOCUMENT_TOO_LONG', `The text is over ${MAX_CHARACTERS} characters; send it in parts`, {
    details: { maxCharacters: MAX_CHARACTERS },
  });
}
