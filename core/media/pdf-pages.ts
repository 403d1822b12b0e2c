import { inflateSync } from 'node:zlib';
import { isAppError } from '../errors';
import { runMediaChild } from './child/run';

/** A page tree of thousands of pages fits; what is larger is not a list of pages. */
const MAX_INFLATED_BYTES = 32 * 1024 * 1024;

const PAGE = /\/Type\s*\/Page(?![A-Za-z])/g;
/** In the dictionary of a stream of compressed objects. */
const OBJECT_STREAM = /\/Type\s*\/ObjStm\b/g;
const STREAM_START = /\bstream\r?\n/g;
/** From there to its data. */
const MAX_DICTIONARY_CHARS = 2_000;
/** Writers put a hundred objects and more into each; a file of more streams was made to keep us busy. */
const MAX_OBJECT_STREAMS = 20_000;

/** Above this the file is searched in a child process: here it would keep every other customer waiting. */
const MAX_BYTES_HERE = 256 * 1024;
const COUNT_TIMEOUT_MS = 15_000;

/**
 * No fewer pages than a PDF has; see mostPdfPages.
 *
 * @returns null when a bound cannot be told, also within 15 s and 256 MB
 * @throws when `signal` aborts, its reason
 */
export async function countMostPdfPages(file: Buffer, signal?: AbortSignal): Promise<number | null> {
  if (file.length <= MAX_BYTES_HERE) return mostPdfPages(file);
  try {
    const answer = await runMediaChild('count-pdf-pages', file, {
      timeoutMs: COUNT_TIMEOUT_MS,
      signal,
      maxHeapMb: 256,
      maxRssMb: 450,
      maxOutputBytes: 64,
    });
    return JSON.parse(answer.toString('utf8')) as number | null;
  } catch (error) {
    if (!isAppError(error)) throw error;
    return null;
  }
}

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
  let streams = 0;
  for (const { index } of text.matchAll(OBJECT_STREAM)) {
    streams += 1;
    const start = dataStart(text, index);
    if (streams > MAX_OBJECT_STREAMS) return null;
    if (start === null) return null;
    const objects = inflate(file.subarray(start), MAX_INFLATED_BYTES - inflatedBytes);
    if (objects === null) return null;
    inflatedBytes += objects.length;
    pages += occurrences(objects.toString('latin1'));
  }
  return pages > 0 ? pages : null;
}

/** Where the data of the stream begins whose dictionary is at `from`; null when none begins soon. */
function dataStart(text: string, from: number): number | null {
  const start = text
    .slice(from, from + MAX_DICTIONARY_CHARS)
    .matchAll(STREAM_START)
    .next().value;
  return start === undefined ? null : from + start.index + start[0].length;
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
