import { createReadStream } from 'node:fs';
import { MAX_LINE_BYTES } from './lines';

export interface FileLine {
  text: string;
  /** Where the next line begins. */
  nextOffsetBytes: number;
}

const NEWLINE = 0x0a;

/**
 * The lines of a file from a byte offset on, with the place each ends at, so that reading can go on there another time.
 * A line longer than is allowed comes cut: it is refused, and must not fill the memory.
 */
export async function* fileLines(file: string, offsetBytes: number): AsyncGenerator<FileLine> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  let position = offsetBytes;
  for await (const chunk of createReadStream(file, { start: offsetBytes, highWaterMark: 256 * 1024 })) {
    const bytes = chunk as Buffer;
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      position += end + 1 - start;
      yield { text: textOf([...rest, bytes.subarray(start, end)]), nextOffsetBytes: position };
      rest = [];
      restBytes = 0;
      start = end + 1;
    }
    const tail = bytes.subarray(start);
    position += tail.length;
    if (restBytes <= MAX_LINE_BYTES) rest.push(tail);
    restBytes += tail.length;
  }
  if (restBytes > 0) yield { text: textOf(rest), nextOffsetBytes: position };
}

function textOf(parts: Buffer[]): string {
  return Buffer.concat(parts)
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .replace(/\r$/, '');
}
