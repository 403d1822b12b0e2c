import { inflateSync } from 'node:zlib';

/** A page tree of thousands of pages fits; what is larger is not a list of pages. */
const MAX_INFLATED_BYTES = 32 * 1024 * 1024;

const PAGE = /\/Type\s*\/Page(?![A-Za-z])/g;
/** The dictionary of a stream of compressed objects, up to its data. */
const OBJECT_STREAM = /\/Type\s*\/ObjStm\b[^]{0,2000}?\bstream\r?\n/g;

/**
 * No fewer pages than a PDF has: every page is an object that says so, either in the open or inside a compressed object
 * stream. Old versions of a page count again. A fraction of the time of reading the document, which is why it is not read.
 *
 * @returns null when a bound cannot be told: no PDF, objects that are encrypted or otherwise hidden, no page found
 */
export function mostPdfPages(file: Buffer): number | null {
  const text = file.toString('latin1');
  if (!text.slice(0, 1024).includes('%PDF-') || text.includes('/Encrypt')) return null;
  let pages = occurrences(text);
  let inflatedBytes = 0;
  for (const stream of text.matchAll(OBJECT_STREAM)) {
    const objects = inflate(file.subarray(stream.index + stream[0].length), MAX_INFLATED_BYTES - inflatedBytes);
    if (objects === null) return null;
    inflatedBytes += objects.length;
    pages += occurrences(objects.toString('latin1'));
  }
  return pages > 0 ? pages : null;
}

function occurrences(text: string): number {
  return text.match(PAGE)?.length ?? 0;
}

/** Null for another compression than Flate, for damage, and for more than `maxBytes`. Bytes after the stream are ignored. */
function inflate(data: Buffer, maxBytes: number): Buffer | null {
  try {
    return inflateSync(data, { maxOutputLength: Math.max(1, maxBytes) });
  } catch (error) {
    if (error instanceof Error && 'code' in error) return null;
    throw error;
  }
}
