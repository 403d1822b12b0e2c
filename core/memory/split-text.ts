import { setImmediate as nextTurn } from 'node:timers/promises';

/** Domain reference, section 4. The overlap keeps a sentence at the cut whole in one of both. */
const CHUNK_TOKENS = 512;
const CHUNK_OVERLAP_TOKENS = 40;

const PIECE_CHARACTERS = 6_000;
const LONG_RUN = /\S{200}/gu;

export interface PagedText {
  text: string;
  /** Where each page of a document begins in `text`, in UTF-16 units; null when the reader told no pages. */
  pageStarts: { page: number; start: number }[] | null;
}

export interface TextPart {
  page: number | null;
  text: string;
}

/**
 * The parts of a long text: sentences together up to 512 tokens, never over the end of a page. At most `maxParts`. Others get
 * their turn between two pieces: splitting computes for 5 ms a thousand characters.
 */
export async function splitText(source: PagedText, maxParts: number): Promise<TextPart[]> {
  // Loaded when the first long text comes: it takes a second and a hundred megabytes.
  const { SentenceSplitter } = await import('llamaindex');
  const splitter = new SentenceSplitter({ chunkSize: CHUNK_TOKENS, chunkOverlap: CHUNK_OVERLAP_TOKENS });
  const parts: TextPart[] = [];
  for (const { page, text } of pagesOf(source)) {
    for (const piece of piecesOf(text)) {
      for (const part of splitter.splitText(piece)) {
        if (part.trim()) parts.push({ page, text: part.trim() });
      }
      if (parts.length >= maxParts) return parts.slice(0, maxParts);
      await nextTurn();
    }
  }
  return parts;
}

/** Cut at spaces. A run of letters without any is broken up first: on it the splitter's time grows with the square. */
function* piecesOf(text: string): Generator<string> {
  for (let start = 0; start < text.length;) {
    const space = start + PIECE_CHARACTERS < text.length ? text.lastIndexOf(' ', start + PIECE_CHARACTERS) : -1;
    const end = space > start ? space : start + PIECE_CHARACTERS;
    yield text.slice(start, end).replace(LONG_RUN, '$& ');
    start = end;
  }
}

function pagesOf({ text, pageStarts }: PagedText): TextPart[] {
  if (!pageStarts || pageStarts.length === 0) return [{ page: null, text }];
  return pageStarts.map(({ page, start }, index) => ({ page, text: text.slice(start, pageStarts[index + 1]?.start) }));
}
