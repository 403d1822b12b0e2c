import { sha256 } from './hash';
import type { UploadedFile } from './types';

const HEADER_END = '\r\n\r\n';

/**
 * Fields and files of a multipart body, in any order. Each file is hashed here, once.
 *
 * Works on the buffer without copying it: recordings are most of what a benchmark uploads, and the parser built into
 * Node takes several times as long as hashing them.
 *
 * @throws TypeError when the body is not what its content type says
 */
export function parseMultipart(
  raw: Buffer,
  contentType: string,
): { fields: Record<string, string[]>; files: UploadedFile[] } {
  const boundary = contentType.match(/boundary=(?:"([^"]+)"|([^;\s]+))/i);
  if (!boundary) throw new TypeError('multipart without a boundary');
  const mark = `--${boundary[1] ?? boundary[2]}`;
  const fields: Record<string, string[]> = {};
  const files: UploadedFile[] = [];
  let position = raw.indexOf(mark);
  if (position < 0) throw new TypeError('multipart without a part');
  for (;;) {
    const start = position + mark.length + 2;
    if (raw.toString('latin1', start - 2, start) === '--') return { fields, files };
    const headerEnd = raw.indexOf(HEADER_END, start);
    const end = raw.indexOf(`\r\n${mark}`, headerEnd);
    if (headerEnd < 0 || end < 0) throw new TypeError('multipart that ends inside a part');
    const part = readHeaders(raw.toString('utf8', start, headerEnd));
    const bytes = raw.subarray(headerEnd + HEADER_END.length, end);
    if (part.fileName === null) (fields[part.name] ??= []).push(bytes.toString('utf8'));
    else {
      files.push({
        field: part.name,
        fileName: part.fileName,
        mimeType: part.mimeType,
        sizeBytes: bytes.length,
        sha256: sha256(bytes),
        bytes,
      });
    }
    position = end + 2;
  }
}

function readHeaders(headers: string): { name: string; fileName: string | null; mimeType: string } {
  const name = headers.match(/[;\s]name="([^"]*)"/i)?.[1];
  if (name === undefined) throw new TypeError('multipart with a part that has no name');
  return {
    name,
    fileName: headers.match(/[;\s]filename="([^"]*)"/i)?.[1] ?? null,
    mimeType: headers.match(/^content-type:\s*(.+?)\s*$/im)?.[1] ?? 'application/octet-stream',
  };
}
